import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { Frame } from "./recorded-socket.js";

/** A socket as its server sees it. */
export interface ServedSocket {
  socket: WebSocket;
  /** All that has come, oldest first. */
  frames: Frame[];
  /** The ids of the subscriptions that neither side has ended. */
  subscriptions(): Set<string>;
  send(...frames: Frame[]): void;
  /** Waits until the client has done with all that was sent to it and with what follows from that, or the socket ends. */
  settle(): Promise<void>;
}

/** Says what the server answers to a frame. */
export type Script = (served: ServedSocket, frame: Frame) => void;

/** A server of graphql-transport-ws that does as it is told, and nothing by itself. */
export interface ScriptedServer {
  url: string;
  /** All that were ever opened, oldest first. */
  sockets: ServedSocket[];
  /** Those that are open and are not being closed. */
  open(): ServedSocket[];
  /** The value, once there is one: it is looked for at every frame, new socket and closing. Throws after a minute without. */
  until<Value>(what: () => Value | undefined | false): Promise<Value>;
}

/** Acknowledges every socket, and answers its pings. */
export const politely: Script = (served, { type }) => {
  if (type === "connection_init") served.send({ type: "connection_ack" });
  if (type === "ping") served.send({ type: "pong" });
};

/** Opens a server on a free port; `await using` closes it and ends what is open. */
export async function startScriptedServer(script = politely): Promise<ScriptedServer & AsyncDisposable> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const changes = new EventEmitter();
  const sockets: ServedSocket[] = [];

  const until = async <Value>(what: () => Value | undefined | false): Promise<Value> => {
    const late = AbortSignal.timeout(60_000);
    for (;;) {
      const value = what();
      if (value !== undefined && value !== false) return value;
      await once(changes, "change", { signal: late }).catch(() => {
        throw new Error(`not within a minute: ${what.toString()}`);
      });
    }
  };

  server.on("connection", (socket) => {
    const frames: Frame[] = [];
    const sent: Frame[] = [];
    const send = (...frames: Frame[]) => {
      sent.push(...frames);
      for (const frame of frames) socket.send(JSON.stringify(frame));
    };
    const idsOf = (all: Frame[], ...types: string[]) =>
      all.flatMap(({ type, id }) => (id !== undefined && types.includes(type) ? [id] : []));
    const pongs = () => frames.filter(({ type }) => type === "pong").length;
    const served: ServedSocket = {
      socket,
      frames,
      send,
      subscriptions() {
        const ended = new Set([...idsOf(frames, "complete"), ...idsOf(sent, "complete", "error")]);
        return new Set(idsOf(frames, "subscribe").filter((id) => !ended.has(id)));
      },
      async settle() {
        // Twice, since what follows from a frame may be sent after the answer to a ping that came right behind it.
        for (let round = 0; round < 2; round += 1) {
          const before = pongs();
          send({ type: "ping" });
          await until(() => pongs() > before || socket.readyState !== socket.OPEN);
        }
      },
    };
    sockets.push(served);
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      frames.push(frame);
      script(served, frame);
      changes.emit("change");
    });
    socket.on("close", () => changes.emit("change"));
    socket.on("error", () => {});
    changes.emit("change");
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    sockets,
    open: () => sockets.filter(({ socket }) => socket.readyState === socket.OPEN),
    until,
    async [Symbol.asyncDispose]() {
      for (const { socket } of sockets) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}
