/** The two streams of a process, as COMMAND_OUTPUT events name them. */
export type OutputStreamName = "stdout" | "stderr";

/** The most text of one event, in bytes of UTF-8. */
export const maxPieceBytes = 64 * 1024;

/** The most text of one event, in bytes of JSON. Control characters take six there, and a payload may take 256 KiB. */
export const maxPieceJsonBytes = 192 * 1024;

/** If a line ends at most so many characters before the limit, a piece is cut there, so that lines stay whole. */
const lineReach = 8 * 1024;

/** Text that one stream printed, to be stored as one event. */
export interface OutputPiece {
  stream: OutputStreamName;
  text: string;
  /** How many bytes the process printed for it. They are not those of the text where they were no UTF-8. */
  printedBytes: number;
  /** The text's length in bytes of UTF-8. */
  bytes: number;
  /** The text's length as JSON, in bytes of UTF-8. */
  jsonBytes: number;
  /** True if it is an unfinished line that was kept back once to wait for its rest. */
  keptBack: boolean;
  /** The moment at which its beginning was read. */
  readAt: number;
}

/** Makes a piece of this text, whatever its length. */
export function createPiece(
  stream: OutputStreamName,
  text: string,
  printedBytes: number,
  readAt: number = performance.now(),
): OutputPiece {
  return { stream, text, printedBytes, ...measure(text), keptBack: false, readAt };
}

/** Adds text to the end of a piece. */
export function extendPiece(piece: OutputPiece, text: string, printedBytes: number): void {
  const { bytes, jsonBytes } = measure(text);
  piece.text += text;
  piece.printedBytes += printedBytes;
  piece.bytes += bytes;
  piece.jsonBytes += jsonBytes;
}

/** Tells whether a piece is too long for one event. */
export function isTooLong({ bytes, jsonBytes }: OutputPiece): boolean {
  return bytes > maxPieceBytes || jsonBytes > maxPieceJsonBytes;
}

/**
 * Splits a piece in two. The first ends before `end`, an index into the text between two characters. What was printed is shared out
 * by their lengths, which is exact where all of it was UTF-8.
 */
export function splitPiece(piece: OutputPiece, end: number): [OutputPiece, OutputPiece] {
  const { stream, text, readAt, printedBytes, bytes } = piece;
  const head = createPiece(stream, text.slice(0, end), 0, readAt);
  head.printedBytes = Math.round((printedBytes * head.bytes) / bytes);
  return [head, createPiece(stream, text.slice(end), printedBytes - head.printedBytes, readAt)];
}

const scratch = new Uint8Array(maxPieceBytes);
const encoder = new TextEncoder();

/**
 * Finds where to cut a piece that is too long: never inside a character, and after a line if one ends shortly before.
 */
export function cutOf({ text }: OutputPiece): number {
  // encodeInto stops before a character that does not fit as a whole.
  let end = encoder.encodeInto(text, scratch).read;
  while (measure(text.slice(0, end)).jsonBytes > maxPieceJsonBytes)
    end = beforePair(text, Math.ceil(end / 2));
  const line = text.lastIndexOf("\n", end - 1) + 1;
  return line > end - lineReach && line > 0 ? line : end;
}

function beforePair(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code >= 0xdc00 && code <= 0xdfff ? index - 1 : index;
}

function measure(text: string): { bytes: number; jsonBytes: number } {
  return { bytes: Buffer.byteLength(text), jsonBytes: Buffer.byteLength(JSON.stringify(text)) - 2 };
}
