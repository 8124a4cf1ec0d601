import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import type { ExecutionArgs, ExecutionResult } from "graphql";
import type { YogaServerInstance } from "graphql-yoga";
import { type Context, type SubscribePayload, makeServer } from "graphql-ws";
import WebSocket, { WebSocketServer } from "ws";
import type { Authenticate } from "../auth/authenticate.js";
import { isAllowedOrigin } from "../auth/listen.js";
import type { Viewer } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";
import { type GraphContext, type GraphEnvironment, createContext } from "../graphql/context.js";
import { type LogFault, presentError } from "../graphql/errors.js";
import { schema } from "../graphql/schema.js";
import { Following, type Subscribe } from "../graphql/subscribe.js";
import { maxRequestBytes } from "./http.js";
import type { Rights } from "./rights.js";
import { SocketOutlet } from "./socket-outlet.js";
import { SocketReceiver } from "./socket-receiver.js";
import type { NodeRequest } from "./sse.js";

/** Close codes beside graphql-ws's own. Its client tries again after 1012, 1013 and 4403, never after 4401 and 4500. */
const closeCodes = { restart: 1012, later: 1013, unauthorized: 4401, expired: 4403, fault: 4500 };

const protocol = "graphql-transport-ws";

/** How many operations one socket may have under way. */
const maxOperations = 100;

/** How many bytes may wait for a client before nothing more is read from it. */
const maxWaitingBytes = 1_048_576;

/** How long a client has to answer the service's goodbye, in milliseconds; a frozen one never does. */
const goodbyeMs = 3_000;

/** How long a closing service waits for the answers that a socket's mutations and queries have still to get, in milliseconds. */
const answerMs = 5_000;

/** What is kept of a socket. */
interface SocketExtra extends Record<PropertyKey, unknown> {
  socket: WebSocket;
  outlet: SocketOutlet;
  /** Of the request that opened it. */
  authorization: string | null;
  viewer?: Viewer;
  unwatch?: () => void;
  /** The queries and mutations that have no answer yet; undefined for none. */
  answering: Set<string> | undefined;
  /** Called when there are none. */
  onAnswered?: () => void;
}

type SocketContext = Context<Record<string, unknown>, SocketExtra>;

/** The arguments of an operation, and where its answers go. */
type SocketArgs = ExecutionArgs & { extra: SocketExtra; id: string; engine: Engine };

interface Engine {
  execute(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult>;
}

/** What serves the sockets, and how. */
export interface WebSocketOptions {
  server: Server;
  yoga: Pick<YogaServerInstance<NodeRequest, GraphContext>, "getEnveloped">;
  environment: GraphEnvironment;
  subscribe: Subscribe;
  authenticate: Authenticate;
  rights: Rights;
  localOnly: boolean;
  logFault: LogFault;
  /** How often a client must show that it is there, in milliseconds. */
  pingMs: number;
  /** How long a client may leave waiting data unread, in milliseconds. */
  stalledMs: number;
}

/**
 * Serves graphql-transport-ws at /graphql; `close()` ends every socket with 1012, so that clients come back. A client that
 * does not read what waits for it is ended with 1013, one that does not answer a ping without more.
 */
export function serveWebSockets(options: WebSocketOptions): { close(): Promise<void> } {
  const { server, localOnly, logFault, pingMs, stalledMs } = options;
  const socketOptions = {
    noServer: true,
    maxPayload: maxRequestBytes,
    closeTimeout: goodbyeMs,
    handleProtocols: (offered: Set<string>) => offered.has(protocol) && protocol,
  };
  const sockets = new WebSocketServer(socketOptions);
  const extras = new WeakMap<WebSocket, SocketExtra>();
  const graph = makeServer(graphOptions(options));
  const pinged = new WeakSet<WebSocket>();

  server.on("upgrade", (request, stream: Duplex, head) => {
    const path = (request.url ?? "").split("?", 1)[0];
    const allowed = !localOnly || isAllowedOrigin(request.headers.origin, request.headers.host);
    if (path !== "/graphql" || !allowed) {
      stream.end(`HTTP/1.1 ${allowed ? "404 Not Found" : "403 Forbidden"}\r\nconnection: close\r\n\r\n`);
      return;
    }
    const authorization = request.headers.authorization ?? null;
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const extra: SocketExtra = {
        socket,
        authorization,
        answering: undefined,
        outlet: new SocketOutlet(socket, stream as Socket),
      };
      extras.set(socket, extra);
      endWhenStalled(socket, stream as Socket, stalledMs);
      socket.on("pong", () => pinged.delete(socket));
      // What a client does wrong closes its socket; that is all there is to do.
      socket.on("error", () => {});
      const closed = graph.opened(
        {
          protocol: socket.protocol,
          send: (data) => new Promise((resolve) => sendBounded(socket, data, resolve)),
          close: (code, reason) => socket.close(code, reason),
          onMessage: (take) =>
            socket.on("message", (data: Buffer) => {
              take(data.toString()).catch((error: unknown) => {
                logFault(error, "a message of a socket could not be handled");
                socket.close(closeCodes.fault, "a fault of the service; it has been logged");
              });
            }),
        },
        extra,
      );
      socket.on("close", (code, reason) => void closed(code, reason.toString()));
    });
  });

  const beat = setInterval(() => {
    for (const socket of sockets.clients) ping(socket, pinged);
  }, pingMs).unref();

  return {
    async close() {
      clearInterval(beat);
      const closed = new Promise<void>((resolve) => {
        sockets.close(() => resolve());
      });
      const end = (socket: WebSocket) => socket.close(closeCodes.restart, "the service restarts; come back");
      for (const socket of sockets.clients) {
        const extra = extras.get(socket);
        if (extra?.answering) extra.onAnswered = () => end(socket);
        else end(socket);
      }
      const last = setTimeout(() => sockets.clients.forEach(end), answerMs);
      await closed;
      clearTimeout(last);
    },
  };
}

function graphOptions({
  yoga,
  environment,
  subscribe,
  authenticate,
  rights,
  logFault,
}: WebSocketOptions): Parameters<typeof makeServer<Record<string, unknown>, SocketExtra>>[0] {
  return {
    async onConnect({ connectionParams, extra }) {
      const { socket } = extra;
      const given = connectionParams?.["authorization"] ?? extra.authorization;
      const authorization = typeof given === "string" ? given : null;
      try {
        const viewer = await authenticate(authorization);
        if (socket.readyState !== WebSocket.OPEN) return false;
        extra.unwatch = rights.watch(viewer, authorization, (reason) =>
          socket.close(closeCodes.expired, reason),
        );
        extra.viewer = viewer;
        return true;
      } catch (error) {
        if (!(error instanceof AgentRunError)) logFault(error, "a socket could not be authenticated");
        const later = error instanceof AgentRunError && error.retryable;
        const reason = error instanceof AgentRunError ? error.message : "not authenticated";
        socket.close(later ? closeCodes.later : closeCodes.unauthorized, reason.slice(0, 120));
        return false;
      }
    },
    onClose: ({ extra }) => extra.unwatch?.(),
    // What is wrong with the document is answered in an error frame: thrown, it would close the whole socket for good.
    async onSubscribe(context, id, payload) {
      try {
        return readOperation(context, id, payload);
      } catch (error) {
        return [presentError(error, schema, logFault)];
      }
    },
    execute(args) {
      const { engine, extra, id } = args as SocketArgs;
      extra.answering = (extra.answering ?? new Set()).add(id);
      return engine.execute(args);
    },
    onComplete({ extra }, id) {
      if (!extra.answering?.delete(id) || extra.answering.size > 0) return;
      extra.answering = undefined;
      setImmediate(() => extra.onAnswered?.());
    },
    async subscribe(args) {
      const { extra, id } = args as SocketArgs;
      const result = await subscribe(args);
      if (!(result instanceof Following)) return result;
      // graphql-ws keeps the arguments as long as the subscription lives; only the first of equal followers needs its own.
      Object.assign(args, { contextValue: null, engine: null });
      return new SocketReceiver(extra.outlet, id, result);
    },
  };

  function readOperation(
    { extra, subscriptions }: SocketContext,
    id: string,
    { query, operationName, variables }: SubscribePayload,
  ) {
    if (!extra.viewer) throw new AgentRunError("connection_init is missing", { code: "UNAUTHENTICATED" });
    if (Object.keys(subscriptions).length > maxOperations) {
      throw new AgentRunError(`one socket may have at most ${maxOperations} operations under way`, {
        code: "RATE_LIMITED",
        details: { limit: maxOperations },
      });
    }
    const engine = yoga.getEnveloped({});
    const document = engine.parse(query);
    const errors = engine.validate(schema, document);
    if (errors.length > 0) return errors;
    const contextValue = createContext(environment, extra.viewer, null);
    const variableValues = variables ?? null;
    const args = { schema, document, operationName, variableValues, contextValue, extra, id, engine };
    return args as SocketArgs;
  }
}

/** Sends, and reads nothing more from a client for which too much waits. */
function sendBounded(socket: WebSocket, data: string, sent: () => void): void {
  socket.send(data, () => {
    if (socket.isPaused && socket.bufferedAmount <= maxWaitingBytes) socket.resume();
    sent();
  });
  if (socket.bufferedAmount > maxWaitingBytes) socket.pause();
}

/** Where data waits, that it moves says that the client is there; where none does, a ping asks. */
function ping(socket: WebSocket, pinged: WeakSet<WebSocket>): void {
  if (socket.bufferedAmount > 0 || socket.isPaused || socket.readyState !== WebSocket.OPEN) return;
  if (pinged.has(socket)) {
    socket.terminate();
  } else {
    pinged.add(socket);
    socket.ping();
  }
}

/** Node's own timeout of a socket does not run out while a part of what waits is taken. */
function endWhenStalled(socket: WebSocket, stream: Socket, stalledMs: number): void {
  stream.removeAllListeners("timeout");
  stream.setTimeout(stalledMs, () => {
    if (socket.bufferedAmount > 0) socket.close(closeCodes.later, "what waits here is not read");
  });
}
