import type { Server } from "node:http";
import type { Socket } from "node:net";

/** How often it is looked in `stalledMs` whether a client takes what waits for it. */
const looks = 10;

/** With Node's own record of the connection: how many bytes it was given, and how many of them the system has not taken. */
type NodeSocket = Socket & { _handle: { bytesWritten: number; writeQueueSize: number } | null };

interface Watched {
  /** Ends the connection. */
  end: () => void;
  /** What had been written, and waited, at the last look. */
  bytesWritten: number;
  writeQueueSize: number;
  /** At how many looks in a row something waited and none of it had gone. */
  stalledLooks: number;
}

/**
 * Ends the connections of a server whose clients take nothing of what waits for them, be it an answer, a stream or the messages
 * of a WebSocket. One look at all connections costs requests nothing, as a timer for each answer would.
 */
export class StallWatch {
  readonly #connections = new Map<NodeSocket, Watched>();
  readonly #timer: NodeJS.Timeout;

  /** `stalledMs`: how long a client may leave waiting data without taking any of it, in milliseconds. */
  constructor(server: Server, stalledMs: number) {
    server.on("connection", (stream: NodeSocket) => {
      const end = () => void stream.destroy();
      this.#connections.set(stream, { end, bytesWritten: 0, writeQueueSize: 0, stalledLooks: 0 });
      stream.once("close", () => this.#connections.delete(stream));
    });
    this.#timer = setInterval(() => this.#look(), stalledMs / looks).unref();
  }

  /** Has a connection ended in this way; unless it is said, it is cut. */
  endBy(stream: Socket, end: () => void): void {
    const watched = this.#connections.get(stream as NodeSocket);
    if (watched) watched.end = end;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [stream, watched] of this.#connections) {
      if (stream.writableLength === 0) {
        watched.stalledLooks = 0;
        continue;
      }
      // The stream counts a write until all of it has gone. A slow client's progress in a large one is known to Node alone.
      const { bytesWritten = 0, writeQueueSize = 0 } = stream._handle ?? {};
      const isStalled = bytesWritten === watched.bytesWritten && writeQueueSize === watched.writeQueueSize;
      Object.assign(watched, { bytesWritten, writeQueueSize });
      watched.stalledLooks = isStalled ? watched.stalledLooks + 1 : 0;
      if (watched.stalledLooks >= looks) watched.end();
    }
  }
}
