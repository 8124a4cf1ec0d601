import { once } from "node:events";
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { TypedDocumentString } from "../../generated/documents/graphql.js";
import type { Untyped } from "../graphql.js";
import { collect } from "./follow.js";

/** An event of a stream. */
export interface StreamEvent {
  event: string;
  id: string | null;
  /** What its data says as JSON; null where it is empty. */
  data: Untyped;
}

/** A response to a subscription over HTTP. Nothing is read of it before `next` or `rest` is called. */
export interface EventStream {
  status: number;
  headers: IncomingHttpHeaders;
  /** How many comments came so far. */
  comments(): number;
  /** The next event; undefined where the stream has ended. Throws where it was cut. */
  next(): Promise<StreamEvent | undefined>;
  /** All events that are still to come. */
  rest(): Promise<StreamEvent[]>;
  /** The whole body, where it is no stream of events. */
  text(): Promise<string>;
  /** Goes away. */
  leave(): void;
}

/** A subscription as it is sent. */
export interface StreamRequest {
  query: string | TypedDocumentString<unknown, never>;
  variables?: Record<string, unknown>;
  /** Beside `accept: text/event-stream`. */
  headers?: Record<string, string | undefined>;
  /** Default: POST. */
  method?: "GET" | "POST";
}

/** Sends a subscription over HTTP, on a connection of its own, and gives what answers once its headers are there. */
export async function openStream(url: string, subscription: StreamRequest): Promise<EventStream> {
  const sent = sendSubscription(url, subscription);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.pause();
  const { events, comments } = readEvents(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    comments,
    async next() {
      const { value, done } = await events.next();
      return done ? undefined : value;
    },
    rest: () => collect(events),
    text: async () => Buffer.concat(await collect<Buffer>(response)).toString(),
    leave: () => response.destroy(),
  };
}

/** Sends a subscription over HTTP without waiting for what answers. */
export function sendSubscription(
  url: string,
  { query, variables, headers = {}, method = "POST" }: StreamRequest,
): ClientRequest {
  const body = JSON.stringify({ query, variables });
  const target = new URL(url);
  if (method === "GET") {
    target.searchParams.set("query", query.toString());
    target.searchParams.set("variables", JSON.stringify(variables ?? {}));
  }
  const posted =
    method === "GET"
      ? {}
      : { "content-type": "application/json", "content-length": `${Buffer.byteLength(body)}` };
  const all = Object.entries({ accept: "text/event-stream", ...posted, ...headers });
  const given = Object.fromEntries(all.filter(([, value]) => value !== undefined));
  const sent = request(target, { method, agent: false, headers: given });
  sent.on("error", () => {});
  return sent.end(method === "GET" ? undefined : body);
}

function readEvents(response: IncomingMessage) {
  let comments = 0;
  async function* read(): AsyncGenerator<StreamEvent, undefined> {
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) {
      const blocks = (text + chunk).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        if (block === ":") comments += 1;
        else yield parseEvent(block);
      }
    }
    return undefined;
  }
  return { events: read(), comments: () => comments };
}

function parseEvent(block: string): StreamEvent {
  const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
  const data = fields.get("data");
  return {
    event: fields.get("event") ?? "message",
    id: fields.get("id") ?? null,
    data: data ? JSON.parse(data) : null,
  };
}
