import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { Authenticate } from "../auth/authenticate.js";
import { isHostHeader } from "../auth/listen.js";
import { type OriginRule, corsHeaders, refuseOrigin, refuseUnasked } from "../auth/origin.js";
import { type AnswerGraph, type Caller, type Headers, setHeaders } from "../graphql/engine/short-road.js";
import type { Health } from "../store/health.js";
import type { RequestTimes } from "./config.js";
import { answerFrontPage } from "./front-page.js";
import type { AnswerWebPage } from "./web-page.js";

/**
 * How long a connection may be idle, in milliseconds: longer than load balancers (60 s) keep theirs, since a connection that
 * the service ends just as it is used again costs its caller the request.
 */
const keepAliveTimeout = 65_000;

/** How often at least it is looked for requests that arrive too slowly, in milliseconds. */
const connectionsCheckingInterval = 1_000;

/** How long the body of a refused request may be for the rest of it to be read. */
const discardedBytes = 64 * 1024 * 1024;

/** What the HTTP side needs. */
export interface HttpOptions {
  /** Answers a request whose caller is known, or was refused. */
  graph: AnswerGraph;
  authenticate: Authenticate;
  /** How long a request's body may be, in bytes. */
  bodyBytes: number;
  /** How many connections the node holds at most. */
  connections: number;
  /** Answers who would rather have a page, and says so; null if there is none. */
  graphiql: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** Answers browsers at `/` with the inbox, and its files; null if there is none. */
  webPage: AnswerWebPage | null;
  /** Whether the service can work. */
  health: () => Promise<Health>;
  /** How long a request may take to arrive. */
  requestTimes: RequestTimes;
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

/** The service's paths: / (the inbox, or what is where) with /assets/, /graphql, /healthz (the process lives) and /readyz (the database answers and is migrated). */
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
  const begin = (request: IncomingMessage, response: ServerResponse, headers: Headers) => {
    follow(response);
    void answerGraph(request, response, headers, options);
  };
  const { headersMs, wholeMs } = options.requestTimes;
  const times = {
    headersTimeout: headersMs,
    requestTimeout: wholeMs,
    keepAliveTimeout,
    connectionsCheckingInterval,
  };
  const server = createServer(times, (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    const refusal = refuseSender(request, path, options);
    const headers = refusal ? always : headersFor(request);
    // The common request comes first: written at once with those of its answer, headers cost a tenth of it less.
    if (!refusal && path === "/graphql" && isCall(request, options)) {
      begin(request, response, headers);
      return;
    }
    setHeaders(response, headers);
    if (refusal) {
      refuse(response, refusal);
    } else if (path === "/healthz") {
      answer(response, 200, { live: true });
    } else if (path === "/readyz") {
      void answerReadiness(response, options);
    } else if (isRead(request) && options.webPage?.(request, response, path ?? "/")) {
      // It is answered.
    } else if (path === "/" && isRead(request)) {
      answerFrontPage(request, response, options.graphiql !== null);
    } else if (path !== "/graphql") {
      refuse(response, [404, "not found; the API is at /graphql"]);
    } else if (request.method === "OPTIONS") {
      response.writeHead(204, { "content-length": 0 }).end();
    } else if (options.isDraining()) {
      refuse(response, [503, "this node is closing: ask another, or try again"]);
    } else if (!options.graphiql?.(request, response)) {
      const unfit = refuseForm(request, options);
      if (unfit) refuse(response, unfit);
      else begin(request, response, headers);
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

async function answerReadiness(response: ServerResponse, options: HttpOptions): Promise<void> {
  const { isDraining } = options;
  const health = await options.health();
  const ready = health.ready && !isDraining();
  answer(response, ready ? 200 : 503, { ...health, ready });
}

/** Nothing of a request is read before its caller is known. */
async function answerGraph(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
  { authenticate, graph }: HttpOptions,
): Promise<void> {
  let caller: Caller;
  try {
    caller = { viewer: await authenticate(request.headers.authorization) };
  } catch (refusal) {
    caller = { refusal };
  }
  if (!response.destroyed) await graph(request, response, caller, headers);
}

/** Why a request is refused: the status, what is said, and what else is in the head. */
type Refusal = readonly [status: number, message: string, headers?: Headers];

/** Refuses a request by where it says that it goes, and by the page that it says it is from. */
function refuseSender(
  { headers }: IncomingMessage,
  path: string | undefined,
  { origins }: HttpOptions,
): Refusal | undefined {
  if (path === "/graphql" && !isHostHeader(headers.host ?? "localhost"))
    return [400, "the header host must be a host name"];
  const reason = refuseOrigin(origins, headers);
  return reason === undefined ? undefined : [403, reason];
}

function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

/** Whether a request to /graphql is a POST that is let in. */
function isCall(request: IncomingMessage, options: HttpOptions): boolean {
  return request.method === "POST" && !options.isDraining() && !refuseForm(request, options);
}

/**
 * Refuses a request by its method, type and length, before anything else looks at it. A query by GET must not come
 * unasked from a foreign page. A body must say its length and be JSON: forms are what foreign pages can send without asking.
 */
function refuseForm(request: IncomingMessage, { bodyBytes, origins }: HttpOptions): Refusal | undefined {
  const { method, headers } = request;
  if (method === "GET") {
    const reason = refuseUnasked(origins, request);
    return reason === undefined ? undefined : [403, reason];
  }
  if (method !== "POST") return [405, "the method must be GET or POST", { allow: "GET, POST, OPTIONS" }];
  const type = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  const length = headers["content-length"];
  if (type !== "application/json" && type !== "application/graphql+json")
    return [415, "content-type must be application/json"];
  if (length === undefined) return [411, "content-length is missing"];
  if (Number(length) > bodyBytes)
    return [413, `the body has ${length} bytes; at most ${bodyBytes} are allowed`];
  return undefined;
}

/** What every answer has in its head. */
const always: Headers = { "x-content-type-options": "nosniff" };

/** What the answer has in its head to who may call. */
function headersFor({ headers }: IncomingMessage): Headers {
  return headers.origin === undefined ? always : { ...always, ...Object.fromEntries(corsHeaders(headers)) };
}

const codes: Record<number, string> = { 403: "FORBIDDEN", 404: "NOT_FOUND", 503: "UNAVAILABLE" };

function refuse(response: ServerResponse, [status, message, headers]: Refusal): void {
  const code = codes[status] ?? "BAD_USER_INPUT";
  const isFault = status === 503;
  const failureKind = isFault ? "infra-failed" : "schema-invalid";
  const extensions = { code, failureKind, httpStatus: status, retryable: isFault };
  response.setHeader("connection", "close");
  const body = JSON.stringify({ errors: [{ message, extensions }] });
  const length = { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...jsonHeaders, ...length }).write(body);
  // Closed at once, the connection may take the answer along while its client still sends.
  if (isDiscarded(response.req)) response.req.resume().once("end", () => response.end());
  else response.end();
}

/** Whether what is left of a refused request is read and thrown away. */
function isDiscarded({ headers }: IncomingMessage): boolean {
  return (
    headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) <= discardedBytes
  );
}

const jsonHeaders = { "content-type": "application/json; charset=utf-8" };

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, jsonHeaders).end(JSON.stringify(body));
}
