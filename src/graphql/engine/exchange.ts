import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { type ExecutionResult, GraphQLError } from "graphql";
import type { GraphQLParams } from "graphql-yoga";
import type { Viewer } from "../../auth/viewer.js";
import { AgentRunError } from "../../domain/errors.js";
import { isJsonObject } from "../../domain/json.js";
import type { WrittenAnswer } from "../compiled/answer.js";
import type { Following } from "../following/subscribe.js";
import { setStatus } from "./errors.js";
import type { Admitted, Graph } from "./graph.js";
import { brokenLimit, measureJson } from "./json-text.js";
import { beyondLimit } from "./limits.js";
import type { Hold } from "./load.js";
import { MalformedRequest } from "./request.js";

/** How long a body may be, in characters, to be parsed and checked in one turn: that takes some milliseconds. */
const longText = 65_536;

/**
 * A request over HTTP of a caller who is known: it is read, then what it asks for is checked and run by {@link Graph}. Each is
 * done once, whoever asks for it how often, so that one who has begun may leave the rest to another (see short-road.ts).
 */
export class Exchange {
  readonly #graph: Graph;
  readonly #viewer: Viewer;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #hold: Hold | undefined;
  #params: Promise<GraphQLParams> | undefined;
  #result: Promise<WrittenAnswer | ExecutionResult | Following> | undefined;

  constructor(graph: Graph, viewer: Viewer, request: IncomingMessage, response: ServerResponse) {
    this.#graph = graph;
    this.#viewer = viewer;
    this.#request = request;
    this.#response = response;
  }

  /** What it asks for. Rejects with the refusal of what cannot be read. */
  read(): Promise<GraphQLParams> {
    return (this.#params ??= this.#read());
  }

  /** What came of what it asks for; a refusal is a result as well. Text only if the first who asks takes it. */
  answer(params: GraphQLParams, takesText = false): Promise<WrittenAnswer | ExecutionResult | Following> {
    return (this.#result ??= this.#answer(params, takesText));
  }

  /** Counts it as under way until its answer is sent. Apart from what reads it: a function made there would keep the text as long as it is waited for. */
  #take(): void {
    const length = Number(this.#request.headers["content-length"] ?? 0);
    const hold = this.#graph.load.hold(this.#viewer, length);
    this.#hold = hold;
    // Once its answer is sent, or the client is gone.
    this.#response.once("close", () => hold.release());
  }

  async #read(): Promise<GraphQLParams> {
    const graph = this.#graph;
    try {
      graph.check(this.#viewer);
      this.#take();
      const text = this.#request.method === "GET" ? null : await receive(this.#request);
      const params = await this.#orCharged(() =>
        text === null ? readUrl(this.#request.url ?? "") : readBody(graph, text),
      );
      // To parse and to check a long one takes long: others have their turn in between.
      if (text !== null && text.length > longText) await setImmediate();
      // Yoga refuses it next.
      if (!isRequest(params)) await graph.charge(this.#viewer);
      // Yoga asks for a query; a document may be named instead.
      else if (params.query === undefined) params.query = "";
      return params;
    } catch (error) {
      throw error instanceof AgentRunError ? refusal(graph, error).errors[0] : error;
    }
  }

  async #answer(
    params: GraphQLParams,
    takesText: boolean,
  ): Promise<WrittenAnswer | ExecutionResult | Following> {
    const graph = this.#graph;
    try {
      const admitted = await this.#orCharged(() => this.#admit(params));
      const lastEventId = this.#request.headers["last-event-id"]?.toString() || null;
      const caller = { viewer: this.#viewer, lastEventId, hold: this.#hold };
      return takesText ? await graph.write(admitted, caller) : await graph.run(admitted, caller);
    } catch (error) {
      this.#hold?.resize(0);
      return refusal(graph, error);
    }
  }

  /** As {@link Graph.admit}, but of a GET it takes no mutation. */
  #admit(params: GraphQLParams): Admitted {
    const admitted = this.#graph.admit(params);
    if (this.#request.method === "GET" && admitted.operation.kind === "mutation") throw mutationByGet();
    return admitted;
  }

  /** Gives what is read or admitted. What is refused costs its caller too. */
  #orCharged<Result>(read: () => Result): Result | Promise<never> {
    try {
      return read();
    } catch (error) {
      return this.#graph.charge(this.#viewer).then(() => {
        throw error;
      });
    }
  }
}

/** What stands for the answer to a request that is refused, with the status that it has by it. */
export function refusal(graph: Graph, error: unknown): { errors: GraphQLError[] } {
  const answer = graph.refuse(error);
  for (const each of answer.errors) setStatus(each, !(error instanceof MalformedRequest));
  return answer;
}

/** Whether Yoga takes it for a request, which it does by its keys and the types of their values. */
export function isRequest(body: GraphQLParams): boolean {
  const { query, variables, extensions } = body;
  const isText = typeof query === "string" || (query === undefined && "documentId" in body);
  return (
    isText &&
    [variables, extensions].every((value) => (value ?? null) === null || isJsonObject(value)) &&
    Object.keys(body).every((key) => requestKeys.has(key))
  );
}

const requestKeys: ReadonlySet<string> = new Set([
  "query",
  "documentId",
  "operationName",
  "variables",
  "extensions",
]);

/**
 * The body of a request. Not by Yoga's `request.text()`, which keeps it as long as the request is answered, as a stream for hours;
 * and nothing that knows of it is left on the request, which lives as long.
 */
function receive(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const take = (part: Buffer) => void parts.push(part);
    const leave = () => request.off("data", take).off("end", end).off("error", fail).off("close", fail);
    const end = () => {
      leave();
      resolve(Buffer.concat(parts).toString());
    };
    const fail = () => {
      leave();
      // There is nobody left to tell.
      reject(new AgentRunError("the request was cut off", { code: "BAD_USER_INPUT" }));
    };
    if (request.destroyed) fail();
    else request.on("data", take).on("end", end).on("error", fail).on("close", fail);
  });
}

/** What a GET asks for. What is no JSON stays text, which is refused by its name where objects belong. */
function readUrl(url: string): GraphQLParams {
  const search = new URLSearchParams(url.slice(url.indexOf("?") + 1));
  const given = Object.fromEntries([...search].filter(([, value]) => value !== ""));
  const parts = ["variables", "extensions"].filter((name) => given[name] !== undefined);
  return { ...given, ...Object.fromEntries(parts.map((name) => [name, readJson(given[name] ?? "")])) };
}

/** What a POST asks for. */
function readBody(graph: Graph, text: string): GraphQLParams {
  const measure = measureJson(text);
  const limit = brokenLimit(measure, graph.limits);
  if (limit !== undefined) throw beyondLimit(limit, measure[limit], graph.limits);
  const body = readJson(text);
  if (typeof body === "object" && body !== null) return body;
  throw new GraphQLError("the body must be a JSON object", {
    extensions: { code: "BAD_USER_INPUT", http: { status: 400, spec: false } },
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function mutationByGet(): GraphQLError {
  const http = { status: 405, headers: { allow: "POST" } };
  return new GraphQLError("a mutation needs a POST request", {
    extensions: { code: "BAD_USER_INPUT", http },
  });
}
