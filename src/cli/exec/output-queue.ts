import {
  type OutputPiece,
  type OutputStreamName,
  createPiece,
  cutOf,
  extendPiece,
  isTooLong,
  maxPieceBytes,
  splitPiece,
} from "./output-piece.js";

/** How long output that fills no event waits for more, in milliseconds. */
const flushMs = 80;

/** How long after a piece was begun what comes still has its time, in milliseconds. */
const sameTimeMs = 1_000;

/** The most that one batch holds: pieces, and bytes of JSON. */
const maxBatchPieces = 500;
const maxBatchJsonBytes = 1024 * 1024;

/** About how many bytes of memory a piece takes besides its text. */
const pieceOverheadBytes = 256;

/** The pieces that one request stores, and the length of their texts in bytes of UTF-8. */
export interface OutputBatch {
  pieces: readonly OutputPiece[];
  bytes: number;
}

/** What stands for bytes that are no UTF-8. */
const replacement = "\uFFFD";

/**
 * Takes what a process prints from its streams, and gives it out in batches, in the order in which it arrived.
 * Neighbouring pieces of one stream are merged while they wait, unless lines that are whole were read a second before. The queue counts what it holds, including what was
 * sent but is not stored yet. It never refuses or drops anything.
 */
export class OutputQueue {
  readonly #decoders = { stdout: createDecoder(), stderr: createDecoder() };
  /** How many bytes of each stream came that are counted in no piece yet: of a character that came in part. */
  readonly #uncounted = { stdout: 0, stderr: 0 };
  #pieces: OutputPiece[] = [];
  #waitingBytes = 0;
  #sentBytes = 0;
  #ended = false;
  #flush: NodeJS.Timeout | undefined;
  #isDue = false;
  #wake: (() => void) | undefined;

  /** How many bytes are held: the text in UTF-8, and the memory that its pieces take. */
  get heldBytes(): number {
    return this.#waitingBytes + this.#sentBytes + this.#pieces.length * pieceOverheadBytes;
  }

  /**
   * Takes a chunk of a stream. A character that came in part waits for its rest. Bytes that are no UTF-8 become
   * U+FFFD.
   */
  push(stream: OutputStreamName, chunk: Uint8Array): void {
    this.#uncounted[stream] += chunk.length;
    this.#add(stream, this.#decoders[stream].decode(chunk, { stream: true }));
  }

  /** Says that nothing comes any more. Characters and lines that waited for their rest are given out as they are. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) this.#add(stream, this.#decoders[stream].decode());
    this.#ended = true;
    this.#makeDue();
  }

  /**
   * Gives the next batch, once there is enough for one or it has waited long enough. Gives undefined after the last.
   * Only one call may wait at a time.
   */
  async take(): Promise<OutputBatch | undefined> {
    for (;;) {
      if (!this.#ended && !this.#isDue) await new Promise<void>((resolve) => (this.#wake = resolve));
      const pieces = this.#takePieces();
      const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
      this.#waitingBytes -= bytes;
      this.#sentBytes += bytes;
      this.#rearm();
      if (pieces.length > 0) return { pieces, bytes };
      if (this.#ended && this.#pieces.length === 0) return undefined;
    }
  }

  /** Says that a batch was stored. */
  release(batch: OutputBatch): void {
    this.#sentBytes -= batch.bytes;
  }

  #add(stream: OutputStreamName, text: string): void {
    if (text === "") return;
    const printedBytes = this.#count(stream, text);
    let last = this.#pieces.at(-1);
    const isSame = last?.stream === stream && !isOver(last);
    const heldBefore = last && isSame ? last.bytes : 0;
    if (last && isSame) {
      extendPiece(last, text, printedBytes);
    } else {
      last = createPiece(stream, text, printedBytes);
      this.#pieces.push(last);
    }
    this.#waitingBytes += last.bytes - heldBefore;
    while (isTooLong(last)) {
      const [head, rest] = splitPiece(last, cutOf(last));
      this.#pieces.splice(-1, 1, head, rest);
      last = rest;
    }
    this.#arm();
  }

  /** Counts how many bytes were printed for a text: its own, or all that came if some of them were no UTF-8. */
  #count(stream: OutputStreamName, text: string): number {
    const came = this.#uncounted[stream];
    const counted = text.includes(replacement) ? came : Math.min(came, Buffer.byteLength(text));
    this.#uncounted[stream] -= counted;
    return counted;
  }

  #takePieces(): OutputPiece[] {
    let jsonBytes = 0;
    let count = 0;
    for (const piece of this.#pieces) {
      jsonBytes += piece.jsonBytes;
      if (count === maxBatchPieces || (count > 0 && jsonBytes > maxBatchJsonBytes)) break;
      count += 1;
    }
    const taken = this.#pieces.splice(0, count);
    const open = taken.at(-1);
    if (open && this.#pieces.length === 0 && !this.#ended) this.#keepBack(taken, open);
    return taken;
  }

  /** Keeps back an unfinished last line, but only once. A secret in it would be found only in the whole line. */
  #keepBack(taken: OutputPiece[], open: OutputPiece): void {
    const line = open.text.lastIndexOf("\n") + 1;
    if (line === open.text.length || (line === 0 && open.keptBack)) return;
    taken.pop();
    const [head, rest] = line === 0 ? [undefined, open] : splitPiece(open, line);
    if (head) taken.push(head);
    rest.keptBack = true;
    this.#pieces.push(rest);
  }

  #rearm(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    this.#isDue = false;
    this.#arm();
  }

  /**
   * Makes a batch due at once if an event or a batch is full, and otherwise when the first piece has waited long
   * enough.
   */
  #arm(): void {
    if (this.#waitingBytes >= maxPieceBytes || this.#pieces.length >= maxBatchPieces) this.#makeDue();
    else if (this.#pieces.length > 0) this.#flush ??= setTimeout(() => this.#makeDue(), flushMs);
  }

  #makeDue(): void {
    this.#isDue = true;
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** True for whole lines that were read a while ago: what comes now has a time of its own. */
function isOver({ text, readAt }: OutputPiece): boolean {
  return text.endsWith("\n") && performance.now() - readAt > sameTimeMs;
}

function createDecoder(): TextDecoder {
  return new TextDecoder("utf-8", { ignoreBOM: true });
}
