import { type Socket, connect } from "node:net";

/** How calls go to a server. */
export type Transport = "HTTP" | "WebSocket";

/**
 * One keep-alive connection that sends the next request when the last is answered. It reads only as much of an answer as
 * says where it ends and that it went well: a full HTTP client would cost more than the server that is measured.
 */
export class Caller {
  readonly #socket: Socket;
  #received = "";
  #resolve: ((body: string) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  constructor(url: URL) {
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (part: string) => this.#take(part));
    this.#socket.on("error", (error) => this.#reject?.(error));
    this.#socket.on("close", () => this.#reject?.(new Error("the server closed the connection")));
  }

  /** Whether the server has ended the connection, as it does with one that was idle for some seconds. */
  get ended(): boolean {
    return !this.#socket.writable;
  }

  /** Resolves with the answer's body; rejects where its status is not 200 or it has errors. */
  call(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request);
    });
  }

  /** Ends the connection; what is under way is lost. */
  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #take(part: string): void {
    this.#received += part;
    const headEnd = this.#received.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received)?.[1];
    const bodyStart = headEnd + 4;
    const whole =
      length === undefined
        ? this.#received.endsWith("0\r\n\r\n")
        : this.#received.length >= bodyStart + Number(length);
    if (!whole) return;
    const answer = this.#received;
    this.#received = "";
    const body = answer.slice(bodyStart);
    if (answer.startsWith("HTTP/1.1 200") && !body.includes('"errors":')) this.#resolve?.(body);
    else this.#reject?.(new Error(`not a good answer: ${answer}`));
  }
}

/** A POST of JSON, ready to be written to a socket. */
export function composeRequest(url: URL, body: string): string {
  return [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    "accept: application/json",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "",
    Buffer.from(body).toString("latin1"),
  ].join("\r\n");
}
