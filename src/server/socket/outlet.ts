import type { Socket } from "node:net";
import WebSocket from "ws";
import type { Source } from "../../realtime/audience/message.js";

/** From how many bytes on a batch is written beside its frame's head, the same bytes for every socket. */
const sharedLength = 16_384;

const suffix = Buffer.from("}");

/** The frame that was written last: for the next socket of the same batch only the prefix is written anew. */
let made: { frame: Buffer; batch: Buffer; prefixAt: number; prefixLength: number } | undefined;

/** A socket of the server. It tells its outlet when it begins to close: after the goodbye nothing may be sent. */
export class ServerSocket extends WebSocket {
  outlet: SocketOutlet | undefined;

  override close(code?: number, reason = ""): void {
    this.outlet?.close();
    super.close(code, Buffer.byteLength(reason) > maxReasonBytes ? shorten(reason) : reason);
  }
}

/** How long the reason of a close may be (RFC 6455, section 5.5): `ws` throws for a longer one. */
const maxReasonBytes = 123;

/** The beginning of a reason: a UTF-16 unit takes at most three bytes. */
function shorten(reason: string): string {
  return `${reason.slice(0, maxReasonBytes / 3 - 1).toWellFormed()}…`;
}

/**
 * Writes batches to a socket's connection, each as one text frame in one write: through `ws` each would be two, and a callback.
 * Everything else goes through `ws`, which sends nothing but whole frames. It does not look at the socket: among thousands,
 * that is one more miss of the cache for each message, and a twenty-fifth of what a broadcast costs.
 */
export class SocketOutlet {
  readonly #stream: Socket;
  #closed = false;
  /** Who goes on when what waits has been taken; undefined where nothing ever waited. */
  #waiting: Source[] | undefined;

  constructor(stream: Socket) {
    this.#stream = stream;
  }

  /** Sends nothing any more. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Sends what begins with the prefix and ends with the batch and a brace; tells the source once there is room for more. Does
   * nothing where it is closed, or the connection is lost.
   */
  send(prefix: string, batch: Buffer, source: Source): void {
    if (this.#closed || !this.#stream.writable) return;
    const hasRoom =
      batch.length < sharedLength ? this.#writeOne(prefix, batch) : this.#writeParts(prefix, batch);
    if (hasRoom) source.taken();
    else this.#wait(source);
  }

  #writeOne(prefix: string, batch: Buffer): boolean {
    const hasRoom = this.#stream.write(frameOf(prefix, batch));
    // Otherwise the system has taken all of it, and it can be written over.
    if (this.#stream.writableLength > 0) made = undefined;
    return hasRoom;
  }

  #writeParts(prefix: string, batch: Buffer): boolean {
    const stream = this.#stream;
    const start = Buffer.from(prefix);
    stream.cork();
    stream.write(Buffer.concat([frameHead(start.length + batch.length + suffix.length), start]));
    stream.write(batch);
    const hasRoom = stream.write(suffix);
    stream.uncork();
    return hasRoom;
  }

  #wait(source: Source): void {
    if (!this.#waiting) {
      this.#waiting = [];
      this.#stream.on("drain", () => {
        for (const waiting of this.#waiting?.splice(0) ?? []) waiting.taken();
      });
    }
    this.#waiting.push(source);
  }
}

function frameOf(prefix: string, batch: Buffer): Buffer {
  const prefixLength = Buffer.byteLength(prefix);
  if (made?.batch !== batch || made.prefixLength !== prefixLength) {
    const head = frameHead(prefixLength + batch.length + suffix.length);
    const frame = Buffer.concat([head, Buffer.alloc(prefixLength), batch, suffix]);
    made = { frame, batch, prefixAt: head.length, prefixLength };
  }
  made.frame.write(prefix, made.prefixAt);
  return made.frame;
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
