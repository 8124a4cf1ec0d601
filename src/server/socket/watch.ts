import WebSocket from "ws";

/** Ends sockets whose client is gone: it answers no ping, and takes nothing of what waits for it. */
export class SocketWatch {
  /** The sockets, and whether a ping has no pong. */
  readonly #sockets = new Map<WebSocket, { isAsked: boolean }>();
  readonly #timer: NodeJS.Timeout;

  constructor(pingMs: number) {
    this.#timer = setInterval(() => this.#ask(), pingMs).unref();
  }

  /** Watches a socket until it is removed. */
  add(socket: WebSocket): void {
    const watched = { isAsked: false };
    this.#sockets.set(socket, watched);
    socket.on("pong", () => {
      watched.isAsked = false;
    });
  }

  /** Watches it no more. */
  remove(socket: WebSocket): void {
    this.#sockets.delete(socket);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Where data waits, that it goes says that the client is there (see {@link StallWatch}); where none does, a ping asks. */
  #ask(): void {
    for (const [socket, watched] of this.#sockets) {
      if (socket.readyState !== WebSocket.OPEN) continue;
      if (socket.bufferedAmount > 0 || socket.isPaused) {
        watched.isAsked = false;
      } else if (watched.isAsked) {
        socket.terminate();
      } else {
        watched.isAsked = true;
        socket.ping();
      }
    }
  }
}
