/** The two streams of a process, as COMMAND_OUTPUT events name them. */
export type OutputStreamName = "stdout" | "stderr";

/** The most text of one event, in bytes of UTF-8. */
export const maxPieceBytes = 64 * 1024;

/** The most of one event as JSON, in bytes: control characters take six there, and a payload may take 256 KiB. */
export const maxPieceJsonBytes = 192 * 1024;

/** How far before the limit a piece is rather cut after a line, so that what belongs together stays so, in characters. */
const lineReach = 8 * 1024;

/** Text of one stream, in the order in which it was printed. */
export interface OutputPiece {
  stream: OutputStreamName;
  text: string;
  /** Its length in UTF-8. */
  bytes: number;
  /** Its length in UTF-8 as JSON. */
  jsonBytes: number;
  /** True once its unfinished last line has been kept back for the rest of it. */
  keptBack: boolean;
}

/** A piece of this text, whatever its length. */
export function createPiece(stream: OutputStreamName, text: string): OutputPiece {
  return { stream, text, ...measure(text), keptBack: false };
}

/** Adds text to the end of a piece. */
export function extendPiece(piece: OutputPiece, text: string): void {
  const { bytes, jsonBytes } = measure(text);
  piece.text += text;
  piece.bytes += bytes;
  piece.jsonBytes += jsonBytes;
}

/** True where an event cannot hold it. */
export function isTooLong({ bytes, jsonBytes }: OutputPiece): boolean {
  return bytes > maxPieceBytes || jsonBytes > maxPieceJsonBytes;
}

/** The piece in two, the first of which ends before `end`, an index into its text between two characters. */
export function splitPiece({ stream, text }: OutputPiece, end: number): [OutputPiece, OutputPiece] {
  return [createPiece(stream, text.slice(0, end)), createPiece(stream, text.slice(end))];
}

const scratch = new Uint8Array(maxPieceBytes);
const encoder = new TextEncoder();

/** Where a piece that is too long is cut: never inside a character, after a line where one ends shortly before. */
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
