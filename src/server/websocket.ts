import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import type { ExecutionArgs, ExecutionResult } from "graphql";
import { type ServerOptions, type SubscribePayload, makeServer } from "graphql-ws";
import WebSocket, { WebSocketServer } from "ws";
import type { Authenticate } from "../auth/authenticate.js";
import type { OriginRule } from "../auth/origin.js";
import type { Viewer } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";
import type { LogFault } from "../graphql/engine/errors.js";
import type { Admitted, Graph } from "../graphql/engine/graph.js";
import type { Limits } from "../graphql/engine/limits.js";
import type { Hold } from "../graphql/engine/load.js";
import { schema } from "../graphql/schema.js";
import { Following } from "../graphql/following/subscribe.js";
import { closeCodes, invalidMessage } from "./close-codes.js";
import type { Rights } from "./rights.js";
import { SocketIntake, tooLong } from "./socket-intake.js";
import { ServerSocket, SocketOutlet } from "./socket-outlet.js";
import { readSocketMessage } from "./socket-message.js";
import { SocketReceiver } from "./socket-receiver.js";
import { SocketWatch } from "./socket-watch.js";
import { refusalOf, refuse } from "./upgrade.js";

const protocol = "graphql-transport-ws";

/** How long a client has to answer the service's goodbye, in milliseconds; a frozen one never does. */
const goodbyeMs = 3_000;

/** How long a closing service waits for the answers that a socket's mutations and queries have still to get, in milliseconds. */
const answerMs = 4_000;

/** What is kept of a socket. */
interface SocketExtra extends Record<PropertyKey, unknown> {
  socket: WebSocket;
  outlet: SocketOutlet;
  /** Of the request that opened it. */
  authorization: string | null;
  viewer?: Viewer;
  /** To be called once it is known who the client is. */
  known: () => void;
  unwatch?: () => void;
  intake: SocketIntake;
}

/** What graphql-ws keeps of an operation, and where its answers go. Once it runs, nothing of the request is kept. */
type SocketArgs = ExecutionArgs & {
  extra: SocketExtra;
  id: string;
  payload: SubscribePayload;
  admitted: Admitted | null;
  /** How long the message was. */
  bytes: number;
};

/** What serves the sockets, and how. */
export interface WebSocketOptions {
  server: Server;
  graph: Graph;
  /** How long a message may be, in bytes. */
  maxMessageBytes: number;
  authenticate: Authenticate;
  rights: Rights;
  /** Whose pages may open a socket. */
  origins: OriginRule;
  logFault: LogFault;
  /** How many sockets may be open whose clients have not said who they are. */
  unknownSockets: number;
  /** How long each of them has for it, in milliseconds. */
  unknownMs: number;
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
  const { server, origins } = options;
  const socketOptions = {
    noServer: true,
    maxPayload: options.maxMessageBytes,
    closeTimeout: goodbyeMs,
    handleProtocols: (offered: Set<string>) => offered.has(protocol) && protocol,
    WebSocket: ServerSocket,
  };
  const sockets = new WebSocketServer(socketOptions);
  const extras = new WeakMap<WebSocket, SocketExtra>();
  const graph = makeServer(graphOptions(options));
  const watch = new SocketWatch(options);
  const unknown = new Set<WebSocket>();
  let isClosing = false;

  server.on("upgrade", (request, stream: Duplex, head) => {
    const refusal = refusalOf(request, origins, unknown.size < options.unknownSockets);
    if (refusal !== null) {
      refuse(stream, refusal);
      return;
    }
    const authorization = request.headers.authorization ?? null;
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const intake = createIntake(socket, stream, options);
      const outlet = new SocketOutlet(stream as Socket);
      socket.outlet = outlet;
      const known = () => unknown.delete(socket);
      const extra: SocketExtra = { socket, authorization, intake, outlet, known };
      unknown.add(socket);
      extras.set(socket, extra);
      watch.add(socket, stream as Socket);
      // What a client does wrong closes its socket; that is all there is to do.
      socket.on("error", () => {});
      const isOpen = () => !isClosing && socket.readyState === WebSocket.OPEN;
      const closed = hear(graph, extra, options.graph.limits, isOpen);
      socket.on("close", (code, reason) => {
        unknown.delete(socket);
        watch.remove(socket);
        intake.close();
        void closed(code, reason.toString());
      });
    });
  });

  return {
    async close() {
      isClosing = true;
      watch.close();
      const closed = new Promise<void>((resolve) => {
        sockets.close(() => resolve());
      });
      const end = (socket: WebSocket) => socket.close(closeCodes.restart, "the service restarts; come back");
      const endAnswered = async (socket: WebSocket) => {
        await extras.get(socket)?.intake.answered();
        end(socket);
      };
      for (const socket of sockets.clients) void endAnswered(socket);
      const last = setTimeout(() => sockets.clients.forEach(end), answerMs);
      await closed;
      clearTimeout(last);
    },
  };
}

/** The intake of a socket, told of all that comes. What would be too much ends the socket, and nothing more of it is kept. */
function createIntake(socket: WebSocket, stream: Duplex, options: WebSocketOptions): SocketIntake {
  const intake = new SocketIntake(socket, { ...options, load: options.graph.load });
  stream.on("data", (chunk: Buffer) => {
    const refusal = intake.arrive(chunk.length);
    if (!refusal) return;
    socket.close(refusal.code, refusal.reason);
    stream.removeAllListeners("data").resume().end();
  });
  return intake;
}

/** Gives graphql-ws what comes over a socket, as long as it is open; gives back what must be told that it was closed. */
function hear(
  graph: ReturnType<typeof makeServer<Record<string, unknown>, SocketExtra>>,
  extra: SocketExtra,
  limits: Limits,
  isOpen: () => boolean,
): (code: number, reason: string) => Promise<void> {
  const { socket, intake } = extra;
  return graph.opened(
    {
      protocol: socket.protocol,
      send: (data) => new Promise((resolve) => socket.send(data, () => resolve())),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) =>
        socket.on("message", (data: Buffer, isBinary) => {
          // What comes after the goodbye is not done: the client was told to come back, or may no longer ask.
          if (!isOpen()) return;
          if (intake.isTooLong(data.length)) {
            socket.close(tooLong.code, tooLong.reason);
            return;
          }
          const message = readSocketMessage(data, isBinary, limits);
          if ("refusal" in message) socket.close(invalidMessage, message.refusal);
          else intake.handle(data.length, message, take);
        }),
    },
    extra,
  );
}

function graphOptions(options: WebSocketOptions): ServerOptions<Record<string, unknown>, SocketExtra> {
  const { graph } = options;
  return {
    connectionInitWaitTimeout: options.unknownMs,
    onConnect: (context) => {
      const { connectionParams, extra } = context;
      extra.intake.isUnderWay = (id) => id in context.subscriptions;
      const authorization = connectionParams?.["authorization"] ?? extra.authorization;
      if (connectionParams) forget(connectionParams);
      return admit(options, extra, authorization);
    },
    onClose: ({ extra }) => extra.unwatch?.(),
    // What is wrong with the document is answered in an error frame: thrown, it would close the whole socket for good.
    async onSubscribe(context, id, payload) {
      const { extra } = context;
      try {
        if (extra.viewer) graph.check(extra.viewer);
        return readOperation(graph, extra, id, payload);
      } catch (error) {
        if (extra.viewer) await graph.charge(extra.viewer);
        return graph.refuse(error).errors;
      }
    },
    // What follows a subscription is its receiver's own matter: see below.
    execute: async (args) => (await runOperation(graph, args as SocketArgs)) as ExecutionResult,
    onComplete: ({ extra }, _id, payload) => extra.intake.end(payload),
    async subscribe(args) {
      const { extra, id, payload } = args as SocketArgs;
      const result = await runOperation(graph, args as SocketArgs);
      if (!(result instanceof Following)) return result;
      return new SocketReceiver(extra.outlet, id, result, () => extra.intake.end(payload));
    },
  };
}

/** Lets a client in if its token is valid, and watches its rights from then on; else closes its socket and says why. */
async function admit(
  { authenticate, rights, logFault }: WebSocketOptions,
  extra: SocketExtra,
  given: unknown,
): Promise<boolean> {
  const { socket } = extra;
  const authorization = typeof given === "string" ? given : null;
  try {
    const viewer = await authenticate(authorization);
    if (socket.readyState !== WebSocket.OPEN) return false;
    extra.unwatch = rights.watch(viewer, authorization, (reason) => socket.close(closeCodes.expired, reason));
    extra.viewer = viewer;
    extra.intake.viewer = viewer;
    extra.known();
    return true;
  } catch (error) {
    if (!(error instanceof AgentRunError)) logFault(error, "a socket could not be authenticated");
    const later = error instanceof AgentRunError && error.retryable;
    const reason = error instanceof AgentRunError ? error.message : "not authenticated";
    socket.close(later ? closeCodes.later : closeCodes.unauthorized, reason);
    return false;
  }
}

/** The operation of a frame, admitted. Throws what the graph makes a refusal of. */
function readOperation(graph: Graph, extra: SocketExtra, id: string, payload: SubscribePayload): SocketArgs {
  if (!extra.viewer) throw new AgentRunError("connection_init is missing", { code: "UNAUTHENTICATED" });
  const admitted = graph.admit(payload);
  const { operation } = admitted;
  const kind = operation.kind === "subscription" ? "subscription" : "request";
  const bytes = extra.intake.begin(payload, kind);
  forget(payload);
  const { document, name } = operation;
  return { schema, document, operationName: name, extra, id, payload, admitted, bytes };
}

/** Empties what a client has sent: graphql-ws keeps it as long as the operation goes on. */
function forget(sent: object): void {
  for (const name of Object.keys(sent)) delete (sent as Record<string, unknown>)[name];
}

/** Runs an operation. Errors, too, are the answer of the operation alone: thrown, they would close the socket. */
async function runOperation(graph: Graph, args: SocketArgs): Promise<ExecutionResult | Following> {
  const { admitted, extra, bytes } = args;
  // graphql-ws keeps the arguments as long as the subscription lives.
  args.admitted = null;
  let hold: Hold | undefined;
  try {
    if (!admitted || !extra.viewer) throw new Error("an operation was run twice, or by nobody");
    hold = graph.load.hold(extra.viewer, bytes);
    return await graph.run(admitted, extra.viewer, null);
  } catch (error) {
    return graph.refuse(error);
  } finally {
    hold?.release();
  }
}
