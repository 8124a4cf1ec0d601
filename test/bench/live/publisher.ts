import { once } from "node:events";
import WebSocket from "ws";

/** One WebSocket over which a server is called, or a bare one told what to broadcast. */
export class Publisher {
  readonly #socket: WebSocket;
  readonly #answered: (() => void)[] = [];
  #sent = 0;

  private constructor(url: string) {
    this.#socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
  }

  static async open(url: string): Promise<Publisher> {
    const publisher = new Publisher(url);
    const socket = publisher.#socket;
    await once(socket, "open");
    socket.send('{"type":"connection_init"}');
    await once(socket, "message");
    socket.on("message", (data: Buffer) => publisher.#take(data.toString()));
    return publisher;
  }

  /** Sends the body of a GraphQL call, and resolves with its answer. */
  call(body: string): Promise<void> {
    this.#sent += 1;
    return this.send(`{"id":"${this.#sent}","type":"subscribe","payload":${body}}`);
  }

  /** Sends a message, and resolves when it is answered; answers come in the order of the messages. */
  send(message: string): Promise<void> {
    this.#socket.send(message);
    return new Promise((resolve) => this.#answered.push(resolve));
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(text: string): void {
    const { type, payload } = JSON.parse(text) as { type: string; payload?: { errors?: unknown } };
    if (type === "ping") this.#socket.send('{"type":"pong"}');
    if (type === "error" || payload?.errors) throw new Error(`not a good answer: ${text}`);
    if (type === "next") this.#answered.shift()?.();
  }
}
