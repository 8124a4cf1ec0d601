/*
 * Most requests are POSTs that are answered with JSON, and nothing of what Yoga can do is asked for: making fetch's Request and
 * Response and passing hooks takes it three quarters of the time of a query that reads nothing. Those are answered here,
 * straight to Node, with the very bytes that Yoga would write. Whatever turns out to be more (an answer with errors, a
 * subscription, a body that is no request) goes to Yoga, which goes on with what is done of it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Viewer } from "../../auth/viewer.js";
import { WrittenAnswer } from "../compiled/answer.js";
import { Following } from "../following/subscribe.js";
import { Exchange, isRequest } from "./exchange.js";
import type { Graph } from "./graph.js";
import { type JsonType, jsonTypeOf } from "./json-type.js";

/** Who sent a request, or why the sender is not let in. */
export type Caller = { viewer: Viewer } | { refusal: unknown };

/** Headers of an answer. */
export type Headers = Readonly<Record<string, string>>;

/** Answers a request to the graph. `headers` are to be in the answer beside its own. */
export type AnswerGraph = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
  headers: Headers,
) => Promise<void>;

/** What answers requests. */
export interface Roads {
  graph: Graph;
  /** Answers what the short road does not. */
  yoga: (
    request: IncomingMessage,
    response: ServerResponse,
    asked: { exchange: Exchange } | { refusal: unknown },
  ) => unknown;
  /** Whether there is a short road: without it answers are the same, only later. */
  short: boolean;
}

/** Builds what answers requests, by the short road where that can. */
export function createAnswerGraph({ graph, yoga, short }: Roads): AnswerGraph {
  const goOn = (
    request: IncomingMessage,
    response: ServerResponse,
    headers: Headers,
    asked: { exchange: Exchange } | { refusal: unknown },
  ) => {
    setHeaders(response, headers);
    return yoga(request, response, asked);
  };
  return async (request, response, caller, headers) => {
    if ("refusal" in caller) {
      await goOn(request, response, headers, caller);
      return;
    }
    const exchange = new Exchange(graph, caller.viewer, request, response);
    const type = short && request.method === "POST" ? jsonTypeOf(request.headers.accept) : null;
    const answer = type === null ? null : await writtenBy(exchange);
    if (type === null || answer === null) await goOn(request, response, headers, { exchange });
    else if (!response.destroyed) write(response, headers, type, answer);
  };
}

/** The answer as text; null where it is not for the short road. A fault is none either: it meets Yoga again. */
async function writtenBy(exchange: Exchange): Promise<WrittenAnswer | null> {
  try {
    const params = await exchange.read();
    if (!isRequest(params)) return null;
    const result = await exchange.answer(params, true);
    if (result instanceof WrittenAnswer) return result;
    if (result instanceof Following || result.errors || result.extensions) return null;
    return new WrittenAnswer(JSON.stringify(result));
  } catch {
    return null;
  }
}

function write(
  response: ServerResponse,
  headers: Headers,
  type: JsonType,
  { text, bytes }: WrittenAnswer,
): void {
  // As a list: put together by spreading, the head takes as long as all else here.
  const head: (string | number)[] = [];
  for (const [name, value] of Object.entries(headers)) head.push(name, value);
  head.push("Content-Type", contentTypes[type], "content-length", bytes);
  response.writeHead(200, head).end(text);
}

const contentTypes: Record<JsonType, string> = {
  "application/json": "application/json; charset=utf-8",
  "application/graphql-response+json": "application/graphql-response+json; charset=utf-8",
};

/** Puts headers on an answer that another is to write. */
export function setHeaders(response: ServerResponse, headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
