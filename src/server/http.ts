import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type pg from "pg";
import { isAllowedOrigin } from "../auth/listen.js";
import { readHealth } from "../store/health.js";

/** The longest request body and WebSocket message, in bytes. */
export const maxRequestBytes = 16 * 1024 * 1024;

/**
 * How long a request may take to arrive, and how long a connection may be idle, in milliseconds. Longer than load balancers
 * (60 s) keep theirs: one that the service ends just as it is used again costs its caller the request.
 */
const connectionTimes = { requestTimeout: 60_000, keepAliveTimeout: 65_000 };

/** What the HTTP side needs. */
export interface HttpOptions {
  graph: (request: IncomingMessage, response: ServerResponse) => unknown;
  graphiql: (request: IncomingMessage, response: ServerResponse) => boolean;
  pool: pg.Pool;
  /** Without auth only this machine's own pages may call: no rebound host name, no foreign origin. */
  localOnly: boolean;
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
    if (options.localOnly && !isAllowedOrigin(request.headers.origin, request.headers.host)) {
      refuse(response, 403, "without auth only this machine may call: use a loopback host name and origin");
    } else if (path === "/healthz") {
      answer(response, 200, { live: true });
    } else if (path === "/readyz") {
      void answerReadiness(response, options);
    } else if (path !== "/graphql") {
      refuse(response, 404, "not found; the API is at /graphql");
    } else if (options.isDraining()) {
      refuse(response, 503, "this node is closing: ask another, or try again");
    } else if (!options.graphiql(request, response) && !refuseBody(request, response)) {
      follow(response);
      void options.graph(request, response);
    }
  });
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

/** A body must say its length and be JSON: forms are what foreign pages can send without asking. */
function refuseBody({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  if (method !== "POST") return false;
  const type = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  const length = headers["content-length"];
  if (type !== "application/json" && type !== "application/graphql+json") {
    refuse(response, 415, "content-type must be application/json");
  } else if (length === undefined) {
    refuse(response, 411, "content-length is missing");
  } else if (Number(length) > maxRequestBytes) {
    refuse(response, 413, `the body must be at most ${maxRequestBytes} bytes`);
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
