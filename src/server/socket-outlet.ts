import type { Socket } from "node:net";
import WebSocket from "ws";

/** From how many bytes on a batch is written beside its frame's head, the same bytes for every socket. */
const sharedLength = 16_384;

const suffix = Buffer.from("}");

/**
 * Writes batches to a socket, each as one text frame in one write: through `ws` each would be two, and a callback. Everything
 * else goes through `ws`, which sends nothing but whole frames.
 */
export class SocketOutlet {
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  /** Who goes on when what waits has been taken; undefined where nothing ever waited. */
  #waiting: (() => void)[] | undefined;

  constructor(socket: WebSocket, stream: Socket) {
    this.#socket = socket;
    this.#stream = stream;
  }

  /** Sends what begins with the prefix and ends with the batch and a brace; `taken` is called once there is room for more. */
  send(prefix: Buffer, batch: Buffer, taken: () => void): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const head = frameHead(prefix.length + batch.length + suffix.length);
    const stream = this.#stream;
    let hasRoom: boolean;
    if (batch.length < sharedLength) {
      hasRoom = stream.write(Buffer.concat([head, prefix, batch, suffix]));
    } else {
      stream.cork();
      stream.write(Buffer.concat([head, prefix]));
      stream.write(batch);
      hasRoom = stream.write(suffix);
      stream.uncork();
    }
    if (hasRoom) taken();
    else this.#wait(taken);
  }

  #wait(taken: () => void): void {
    if (!this.#waiting) {
      this.#waiting = [];
      this.#stream.on("drain", () => {
        for (const goOn of this.#waiting?.splice(0) ?? []) goOn();
      });
    }
    this.#waiting.push(taken);
  }
}

/** The head of a whole text frame that is not masked (RFC 6455, section 5.2). */
function frameHead(length: number): Buffer {
  if (length < 126) return Buffer.from([0x81, length]);
  if (length < 65_536) return Buffer.from([0x81, 126, length >> 8, length & 255]);
  const head = Buffer.alloc(10);
  head[0] = 0x81;
  head[1] = 127;
  head.writeUInt32BE(length, 6);
  return head;
}
