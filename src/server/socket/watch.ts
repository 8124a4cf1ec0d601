import type { Socket } from "node:net";
import WebSocket from "ws";
import { closeCodes } from "./close-codes.js";

/** How often it is looked in `stalledMs` whether a client takes what waits for it. */
const looks = 10;

/** With Node's own record of the connection: how many bytes it was given, and how many of them the system has not taken. */
type NodeSocket = Socket & { _handle: { bytesWritten: number; writeQueueSize: number } | null };

interface Watched {
  stream: NodeSocket;
  /** What had been written, and waited, at the last look. */
  bytesWritten: number;
  writeQueueSize: number;
  /** At how many looks in a row something waited and none of it had gone. */
  stalledLooks: number;
  /** True while a ping has no pong. */
  isAsked: boolean;
}

/** Ends sockets whose client is gone, or does not read what waits for it. */
export class SocketWatch {
  readonly #sockets = new Map<WebSocket, Watched>();
  readonly #timers: NodeJS.Timeout[];

  constructor({ pingMs, stalledMs }: { pingMs: number; stalledMs: number }) {
    this.#timers = [
      setInterval(() => this.#each(ask), pingMs).unref(),
      setInterval(() => this.#each(look), stalledMs / looks).unref(),
    ];
  }

  /** Watches a socket until it is removed. */
  add(socket: WebSocket, stream: Socket): void {
    const watched: Watched = {
      stream: stream as NodeSocket,
      bytesWritten: 0,
      writeQueueSize: 0,
      stalledLooks: 0,
      isAsked: false,
    };
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
    for (const timer of this.#timers) clearInterval(timer);
  }

  #each(check: (socket: WebSocket, watched: Watched) => void): void {
    for (const [socket, watched] of this.#sockets) {
      if (socket.readyState === WebSocket.OPEN) check(socket, watched);
    }
  }
}

/** Where data waits, that it goes says that the client is there; where none does, a ping asks. */
function ask(socket: WebSocket, watched: Watched): void {
  if (socket.bufferedAmount > 0 || socket.isPaused) {
    watched.isAsked = false;
  } else if (watched.isAsked) {
    socket.terminate();
  } else {
    watched.isAsked = true;
    socket.ping();
  }
}

function look(socket: WebSocket, watched: Watched): void {
  // ws counts a write until all of it has gone. A slow client's progress in a large one is known to Node alone.
  const { bytesWritten = 0, writeQueueSize = 0 } = watched.stream._handle ?? {};
  const isStalled =
    socket.bufferedAmount > 0 &&
    bytesWritten === watched.bytesWritten &&
    writeQueueSize === watched.writeQueueSize;
  watched.bytesWritten = bytesWritten;
  watched.writeQueueSize = writeQueueSize;
  watched.stalledLooks = isStalled ? watched.stalledLooks + 1 : 0;
  if (watched.stalledLooks >= looks) socket.close(closeCodes.later, "what waits here is not read");
}
