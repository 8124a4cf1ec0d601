import { randomUUID } from "node:crypto";
import { type Socket, connect } from "node:net";
import { FrameReader, composeFrame, opcodes } from "./frames.js";
import { type Message, type MessageReader, readId } from "./message.js";

/** What a socket tells. */
export interface ReceiverListener {
  /** The socket is open, and all of its subscriptions have caught up. */
  ready(): void;
  /** The bytes are only there until the call returns. */
  events(sentAtMs: readonly number[], bytes: Buffer, start: number, end: number): void;
  /** The connection is lost, or was told what it may not be told. */
  failed(error: Error): void;
}

/** One for all sockets: a part is read before the next is received. */
const received = Buffer.allocUnsafe(256 * 1024);

const subscription =
  "subscription ($runId: ID!) { runEvents(runId: $runId) { cursor caughtUp events { seq type payload } } }";

const handshake = [
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-version: 13",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
];

/**
 * One WebSocket that costs little: it reads frames straight from its connection, answers pings, and follows runs over
 * graphql-transport-ws, each with an id of its own, as the clients of graphql-ws do; with no runs it takes what comes,
 * without a word, as from a bare server.
 */
export class Receiver {
  readonly #socket: Socket;
  readonly #frames: FrameReader;
  readonly #messages: MessageReader;
  readonly #listener: ReceiverListener;
  readonly #runIds: readonly string[];
  /** The operations that have not caught up. */
  readonly #behind = new Set<string>();
  #answer: string | undefined = "";

  constructor(url: URL, runIds: readonly string[], messages: MessageReader, listener: ReceiverListener) {
    this.#runIds = runIds;
    this.#messages = messages;
    this.#listener = listener;
    this.#frames = new FrameReader({
      message: (bytes, start, end) => this.#take(this.#messages.read(bytes, start, end), bytes, start, end),
      ping: (payload) => this.#socket.write(composeFrame(opcodes.pong, Buffer.from(payload))),
      close: (payload) => listener.failed(new Error(`a socket was closed: ${payload.toString("latin1", 2)}`)),
    });
    const callback = (length: number) => {
      try {
        this.#read(length);
      } catch (error) {
        listener.failed(error as Error);
      }
      return true;
    };
    const onread = { buffer: received, callback };
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true, onread });
    this.#socket.on("error", (error) => listener.failed(error));
    this.#socket.on("close", () => listener.failed(new Error("the server closed a socket")));
    const protocol = runIds.length > 0 ? ["sec-websocket-protocol: graphql-transport-ws"] : [];
    const request = [`GET ${url.pathname} HTTP/1.1`, `host: ${url.host}`, ...handshake, ...protocol, "", ""];
    this.#socket.write(request.join("\r\n"));
  }

  /** Ends the connection without a goodbye; nothing is told any more. */
  close(): void {
    this.#socket.removeAllListeners();
    this.#socket.on("error", () => {});
    this.#socket.destroy();
  }

  #read(length: number): void {
    if (this.#answer === undefined) return this.#frames.take(received, length);
    this.#answer += received.toString("latin1", 0, length);
    const end = this.#answer.indexOf("\r\n\r\n");
    if (end === -1) return;
    if (!this.#answer.startsWith("HTTP/1.1 101 ")) throw new Error(`no WebSocket: ${this.#answer}`);
    const rest = Buffer.from(this.#answer.slice(end + 4), "latin1");
    this.#answer = undefined;
    if (this.#runIds.length > 0) this.#say({ type: "connection_init" });
    else this.#listener.ready();
    this.#frames.take(rest, rest.length);
  }

  #take(message: Message, bytes: Buffer, start: number, end: number): void {
    if (message.type === "next") {
      if (message.sentAtMs.length > 0) this.#listener.events(message.sentAtMs, bytes, start, end);
      if (this.#behind.size === 0 || !message.caughtUp) return;
      this.#behind.delete(readId(bytes, start));
      if (this.#behind.size === 0) this.#listener.ready();
    } else if (message.type === "connection_ack") {
      for (const runId of this.#runIds) {
        const id = randomUUID();
        this.#behind.add(id);
        this.#say({ id, type: "subscribe", payload: { query: subscription, variables: { runId } } });
      }
    } else if (message.type === "ping") this.#say({ type: "pong" });
  }

  #say(message: object): void {
    this.#socket.write(composeFrame(opcodes.text, Buffer.from(JSON.stringify(message))));
  }
}
