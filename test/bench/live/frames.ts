/** What a {@link FrameReader} finds. The bytes are only there until the call returns. */
export interface FrameListener {
  /** A whole message, of however many frames it came. */
  message(bytes: Buffer, start: number, end: number): void;
  ping(payload: Buffer): void;
  close(payload: Buffer): void;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const none = Buffer.alloc(0);

/**
 * Finds the messages in what a WebSocket server sends, wherever the bytes are cut and however a message is split, and copies
 * nothing that arrives whole. Throws on what no server may send: a masked frame, an extension that was not agreed.
 */
export class FrameReader {
  readonly #listener: FrameListener;
  /** A frame whose end has not come. */
  #rest: Buffer = none;
  /** The frames so far of a message whose end has not come. */
  #parts: Buffer[] = [];

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** Reads the first `length` bytes; the buffer may be used again afterwards. */
  take(chunk: Buffer, length: number): void {
    let bytes = chunk;
    let end = length;
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, chunk.subarray(0, length)]);
      end = bytes.length;
    }
    let at = 0;
    while (at < end) {
      const next = this.#readFrame(bytes, at, end);
      if (next === undefined) break;
      at = next;
    }
    this.#rest = at < end ? Buffer.from(bytes.subarray(at, end)) : none;
  }

  /** Gives where the frame ends; undefined where that is past what has come. */
  #readFrame(bytes: Buffer, at: number, end: number): number | undefined {
    if (end - at < 2) return undefined;
    const head = bytes[at] ?? 0;
    const short = bytes[at + 1] ?? 0;
    if ((head & 0x70) !== 0 || short > 127) throw new Error("not a frame that a server may send");
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (start > end) return undefined;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    const next = start + length;
    if (next > end) return undefined;
    this.#give(head & 15, head > 127, bytes, start, next);
    return next;
  }

  #give(opcode: number, final: boolean, bytes: Buffer, start: number, end: number): void {
    if (opcode === opcodes.ping) this.#listener.ping(bytes.subarray(start, end));
    else if (opcode === opcodes.close) this.#listener.close(bytes.subarray(start, end));
    else if (opcode === opcodes.pong) return;
    else if (final && this.#parts.length === 0) this.#listener.message(bytes, start, end);
    else {
      this.#parts.push(Buffer.from(bytes.subarray(start, end)));
      if (!final) return;
      const whole = Buffer.concat(this.#parts);
      this.#parts = [];
      this.#listener.message(whole, 0, whole.length);
    }
  }
}

/** A frame of a client, masked with zeros: nothing between two processes of one machine needs a better mask. */
export function composeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2);
  else if (length >= 126) head.writeUInt16BE(length, 2);
  return Buffer.concat([head, payload]);
}
