import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { makeServer } from "graphql-ws";
import WebSocket, { WebSocketServer } from "ws";
import type { OriginRule } from "../../auth/origin.js";
import type { Limits } from "../../graphql/engine/limits.js";
import type { StallWatch } from "../stall-watch.js";
import { closeCodes, invalidMessage } from "./close-codes.js";
import type { SocketExtra } from "./extra.js";
import { SocketIntake, tooLong } from "./intake.js";
import { readSocketMessage } from "./message.js";
import { ServerSocket, SocketOutlet } from "./outlet.js";
import { type ProtocolOptions, protocolOf } from "./protocol.js";
import { asksForSocket, ignoreUpgrade, refusalOf, refuse } from "./upgrade.js";
import { SocketWatch } from "./watch.js";

const protocol = "graphql-transport-ws";

/** How long a client has to answer the service's goodbye, in milliseconds; a frozen one never does. */
const goodbyeMs = 3_000;

/** How long a closing service waits for the answers that a socket's mutations and queries have still to get, in milliseconds. */
const answerMs = 4_000;

/** What serves the sockets, and how. */
export interface WebSocketOptions extends ProtocolOptions {
  server: Server;
  /** How long a message may be, in bytes. */
  maxMessageBytes: number;
  /** Whose pages may open a socket. */
  origins: OriginRule;
  /** How many sockets may be open whose clients have not said who they are. */
  unknownSockets: number;
  /** How often a client must show that it is there, in milliseconds. */
  pingMs: number;
  /** What ends a client that does not read what waits for it. */
  stalls: StallWatch;
}

/**
 * Serves graphql-transport-ws at /graphql; `close()` ends every socket with 1012, so that clients come back. A client that
 * does not read what waits for it is ended with 1013, one that does not answer a ping without more.
 */
export function serveWebSockets(options: WebSocketOptions): { close(): Promise<void> } {
  const { server, origins, stalls } = options;
  const socketOptions = {
    noServer: true,
    maxPayload: options.maxMessageBytes,
    closeTimeout: goodbyeMs,
    handleProtocols: (offered: Set<string>) => offered.has(protocol) && protocol,
    WebSocket: ServerSocket,
  };
  const sockets = new WebSocketServer(socketOptions);
  const extras = new WeakMap<WebSocket, SocketExtra>();
  const graph = makeServer(protocolOf(options));
  const watch = new SocketWatch(options.pingMs);
  const unknown = new Set<WebSocket>();
  let isClosing = false;

  server.on("upgrade", (request, stream: Duplex, head) => {
    if (!asksForSocket(request)) {
      ignoreUpgrade(server, request, stream, head);
      return;
    }
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
      watch.add(socket);
      stalls.endBy(stream as Socket, () => socket.close(closeCodes.later, "what waits here is not read"));
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
