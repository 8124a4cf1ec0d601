import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type pg from "pg";
import type { Authenticate } from "../auth/authenticate.js";
import { type OriginRule, corsHeaders, refuseOrigin, refuseUnasked } from "../auth/origin.js";
import type { Caller } from "../graphql/engine/yoga.js";
import { readHealth } from "../store/health.js";

/**
 * How long a request's headers and then all of it may take to arrive, how often that is looked at, and how long a connection
 * may be idle, in milliseconds. Idle longer than load balancers (60 s) keep theirs: a connection that the service ends just as
 * it is used again costs its caller the request.
 */
const connectionTimes = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 65_000,
};

/** What the HTTP side needs. */
export interface HttpOptions {
  /** Answers a request whose caller is known, or was refused. */
  graph: (request: IncomingMessage, response: ServerResponse, caller: Caller) => unknown;
  authenticate: Authenticate;
  /** How long a request's body may be, in bytes. */
  bodyBytes: number;
  /** How many connections the node holds at most. */
  connections: number;
  graphiql: (request: IncomingMessage, response: ServerResponse) => boolean;
  pool: pg.Pool;
  /** Whose pages may call: without auth only this machine's own, by no rebound host name. */
  origins: OriginRule;
  isDraining: () => boolean;
}

/** The HTTP server, and what is under way on it. */
export interface HttpSide {
  server: Server;
  /** Resolves once no request to /graphql is without its answer. */
  answered: () => Promise<void>;
}

/** The service's paths: /graphql, /healthz (the process lives) and /readyz (the database answers and is migrated). */
export function createHttpServer(options: HttpOptions): HttpSide {
  const underWay = new Set<ServerResponse>();
  let onIdle: (() => void) | undefined;
  const follow = (response: ServerResponse) => {
    underWay.add(response);
    response.once("close", () => {
      underWay.delete(response);
      if (underWay.size === 0) onIdle?.();
    });
  };
  const server = createServer(connectionTimes, (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    response.setHeader("x-content-type-options", "nosniff");
    const refusal = refuseOrigin(options.origins, request.headers);
    if (refusal === undefined) response.setHeaders(corsHeaders(request.headers));
    if (refusal !== undefined) {
      refuse(response, 403, refusal);
    } else if (path === "/healthz") {
      answer(response, 200, { live: true });
    } else if (path === "/readyz") {
      void answerReadiness(response, options);
    } else if (path !== "/graphql") {
      refuse(response, 404, "not found; the API is at /graphql");
    } else if (request.method === "OPTIONS") {
      response.writeHead(204, { "content-length": 0 }).end();
    } else if (options.isDraining()) {
      refuse(response, 503, "this node is closing: ask another, or try again");
    } else if (!options.graphiql(request, response) && !refuseForm(request, response, options)) {
      follow(response);
      void answerGraph(request, response, options);
    }
  });
  server.maxConnections = options.connections;
  return {
    server,
    async answered() {
      if (underWay.size === 0) return;
      await new Promise<void>((resolve) => {
        onIdle = resolve;
      });
    },
  };
}

async function answerReadiness(response: ServerResponse, { pool, isDraining }: HttpOptions): Promise<void> {
  const health = await readHealth(pool);
  const ready = health.ready && !isDraining();
  answer(response, ready ? 200 : 503, { ...health, ready });
}

/** Nothing of a request is read before its caller is known. */
async function answerGraph(
  request: IncomingMessage,
  response: ServerResponse,
  { authenticate, graph }: HttpOptions,
): Promise<void> {
  let caller: Caller;
  try {
    caller = { viewer: await authenticate(request.headers.authorization) };
  } catch (refusal) {
    caller = { refusal };
  }
  if (!response.destroyed) graph(request, response, caller);
}

/**
 * Refuses a request by its host, method, type and length, before anything else looks at it. A query by GET must not come
 * unasked from a foreign page. A body must say its length and be JSON: forms are what foreign pages can send without asking.
 */
function refuseForm(
  request: IncomingMessage,
  response: ServerResponse,
  { bodyBytes, origins }: HttpOptions,
): boolean {
  const { method, headers } = request;
  if (headers.host !== undefined && !URL.canParse(`http://${headers.host}`)) {
    refuse(response, 400, "the header host must be a host name");
    return true;
  }
  if (method === "GET") {
    const refusal = refuseUnasked(origins, request);
    if (refusal !== undefined) refuse(response, 403, refusal);
    return refusal !== undefined;
  }
  if (method !== "POST") {
    response.setHeader("allow", "GET, POST, OPTIONS");
    refuse(response, 405, "the method must be GET or POST");
    return true;
  }
  const type = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  const length = headers["content-length"];
  if (type !== "application/json" && type !== "application/graphql+json") {
    refuse(response, 415, "content-type must be application/json");
  } else if (length === undefined) {
    refuse(response, 411, "content-length is missing");
  } else if (Number(length) > bodyBytes) {
    refuse(response, 413, `the body has ${length} bytes; at most ${bodyBytes} are allowed`);
  } else {
    return false;
  }
  return true;
}

const codes: Record<number, string> = { 403: "FORBIDDEN", 404: "NOT_FOUND", 503: "UNAVAILABLE" };

function refuse(response: ServerResponse, status: number, message: string): void {
  const code = codes[status] ?? "BAD_USER_INPUT";
  const isFault = status === 503;
  const failureKind = isFault ? "infra-failed" : "schema-invalid";
  const extensions = { code, failureKind, httpStatus: status, retryable: isFault };
  response.setHeader("connection", "close");
  answer(response, status, { errors: [{ message, extensions }] });
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}
