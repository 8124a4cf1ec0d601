// Secrets that were cut: a model's message comes in pieces of a few characters, a process's output in pieces of whatever it had
// written. The pieces of one stream are looked at together, where they meet.

import type { RunEventType } from "../event.js";
import type { JsonObject } from "../json-value.js";
import { looksRandom } from "./randomness.js";
import { findSecrets, findSecretsInSteps } from "./secret-spans.js";
import { scanStep } from "./sign-scanner.js";
import type { Span } from "./span.js";
import { upperBound } from "./upper-bound.js";
import { Work, spendReading } from "./work.js";

/** A piece of a stream, and what of it belongs to a secret that is only seen together with other pieces. */
export type Piece = { text: string; cuts: Span[] };

/** How many characters on each side of an edge are looked at; and how many of a long run or a key block that goes over it. */
const reach = 512;
const longReach = 8192;
const endLineMax = 80;

/** How much of the beginning of such a run or block is kept with its end. */
const headMax = 64;

const messages = ["ASSISTANT_MESSAGE", "USER_MESSAGE", "REASONING"] as const;
const nameless = messages.map((type) => `${type} `);

/**
 * Names the stream whose piece an event's `text` is: a message's, if its payload says which, or what a process writes to one
 * of its outputs. Messages of one type that do not say which they are, one behind the other, are pieces of one. Undefined for an
 * event that is no piece of anything.
 */
export function streamOf(type: RunEventType, payload: JsonObject): string | undefined {
  if (typeof payload["text"] !== "string") return undefined;
  const told = ["messageId", "itemId", "toolCallId", "commandId", "processId"].map((key) => payload[key]);
  const source = told.find((id) => typeof id === "string" || typeof id === "number") ?? "";
  if (type === "COMMAND_OUTPUT")
    return `${type} ${payload["stream"] === "stderr" ? "stderr" : "stdout"} ${source}`;
  return messages.some((each) => each === type) ? `${type} ${source}` : undefined;
}

/**
 * The streams that are over where an event stands that is a piece of `name`, or of none: those of messages that do not say which
 * they are. What is told of the backend or of usage stands beside what is said.
 */
export function endedBy(type: RunEventType, name: string | undefined): readonly string[] {
  return type === "BACKEND_STATUS" || type === "USAGE" ? [] : nameless.filter((each) => each !== name);
}

/** The pieces of one stream, in order. */
export type TextStream = {
  add(piece: Piece): void;
  /** Looks at where the pieces meet, and notes in each what belongs to a secret that goes over their edges. */
  search(): Generator<void, void>;
  /**
   * The last characters of the stream, as they came. Of a run or a key block that is not over yet and is longer, its first
   * characters and its last, so that what goes on with it is known.
   */
  end(length: number): string;
};

/** A stream that begins behind `kept`, of which nothing can be taken back any more. */
export function createTextStream(kept = ""): TextStream {
  const pieces: Piece[] = kept === "" ? [] : [{ text: kept, cuts: [] }];
  return {
    add: (piece) => void pieces.push(piece),
    *search() {
      if (pieces.length < 2) return;
      const whole = joined(pieces);
      const edges = edgesOf(pieces);
      const work = new Work();
      const windows = windowsOf(whole, edges);
      for (const { start, end } of windows) work.allow(end - start);
      for (const window of windows) {
        const text = whole.slice(window.start, window.end);
        const found =
          text.length > scanStep ? yield* findSecretsInSteps(text, work) : findSecrets(text, work);
        for (const { start, end } of found) {
          if (work.isOver) break;
          const span = { start: start + window.start, end: end + window.start };
          note(pieces, edges, endedAtEdge(whole, edges, span, work));
        }
      }
      // What could not be looked at together is withheld, as it is where it comes in one piece.
      if (!work.isOver) return;
      for (const { text, cuts } of pieces) if (text !== "") cuts.push({ start: 0, end: text.length });
    },
    end: (length) => endOf(joined(pieces), length),
  };
}

function joined(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join("");
}

/** Where each piece but the first begins in the whole. */
function edgesOf(pieces: readonly Piece[]): number[] {
  let at = 0;
  return pieces.slice(0, -1).map(({ text }) => (at += text.length));
}

/** What is looked at around the edges: where it overlaps, it is one. */
function windowsOf(whole: string, edges: readonly number[]): Span[] {
  const blocks = keyBlocksOf(whole);
  const windows: Span[] = [];
  for (const edge of edges) {
    const around = aroundEdge(whole, edge, blocks);
    const last = windows.at(-1);
    if (last !== undefined && around.start <= last.end) last.end = Math.max(last.end, around.end);
    else windows.push(around);
  }
  return windows;
}

function aroundEdge(whole: string, edge: number, blocks: readonly Span[]): Span {
  const block = blocks.find(({ start, end }) => start < edge && edge < end);
  const { start, end } = block ?? runAround(whole, edge);
  return {
    start: Math.max(0, Math.min(edge - reach, Math.max(start, edge - longReach))),
    end: Math.max(edge + reach, Math.min(end, edge + longReach)),
  };
}

/** The characters around the edge that no white space parts. */
function runAround(whole: string, edge: number): Span {
  let start = edge;
  while (edge - start < longReach && start > 0 && !isWhiteSpace(whole.charCodeAt(start - 1))) start -= 1;
  let end = edge;
  while (end - edge < longReach && end < whole.length && !isWhiteSpace(whole.charCodeAt(end))) end += 1;
  return { start, end };
}

function isWhiteSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** From each `-----BEGIN ` to behind the `-----END ` that follows, or to the end of the text. */
function keyBlocksOf(whole: string): Span[] {
  const blocks: Span[] = [];
  for (let start = whole.indexOf("-----BEGIN "); start !== -1;) {
    const close = whole.indexOf("-----END ", start);
    const end = close === -1 ? whole.length : Math.min(whole.length, close + endLineMax);
    blocks.push({ start, end });
    start = whole.indexOf("-----BEGIN ", end);
  }
  return blocks;
}

/** The span, up to the edge at which the secret in it is over. */
function endedAtEdge(whole: string, edges: readonly number[], span: Span, work: Work): Span {
  for (let n = upperBound(edges, span.start); n < edges.length; n += 1) {
    const edge = edges[n] as number;
    if (edge >= span.end) break;
    if (!goesOn(whole, edge, span, work)) return { start: span.start, end: edge };
  }
  return span;
}

/** Whether what reads on behind the edge belongs to the secret that begins before it. */
function goesOn(whole: string, edge: number, { start, end }: Span, work: Work): boolean {
  const isKeyBlock = whole.startsWith("-----BEGIN ", start);
  // Over the end of a line only a key, a block or a command of several lines goes on.
  if (whole[edge - 1] === "\n" && !isKeyBlock && !mayContinue.test(whole.slice(Math.max(0, edge - 16), edge)))
    return false;
  work.begin();
  spendReading(end - edge);
  work.takeUp();
  const rest = whole.slice(edge, end);
  if (/\d|[a-z][A-Z]|[+/=_-]/.test(rest) || looksRandom(rest)) return true;
  // What is a secret without the next piece may end here.
  const from = Math.max(0, start - reach);
  const alone = findSecrets(whole.slice(from, edge), work);
  spendReading(edge - from);
  work.takeUp();
  return !alone.some((found) => found.start + from === start && found.end + from === edge);
}

const openBlock = /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s]|\\[nrt])*$/;
const mayContinue = /[:=|>\\"'][ \t]*\r?\n$/;

/** Notes the span in each piece that it touches. */
function note(pieces: readonly Piece[], edges: readonly number[], span: Span): void {
  for (let n = upperBound(edges, span.start); n < pieces.length; n += 1) {
    const { text, cuts } = pieces[n] as Piece;
    const at = n === 0 ? 0 : (edges[n - 1] as number);
    if (at >= span.end) break;
    const start = Math.max(0, span.start - at);
    const end = Math.min(text.length, span.end - at);
    if (start < end) cuts.push({ start, end });
  }
}

function endOf(whole: string, length: number): string {
  const start = openBlockOf(whole) ?? runAround(whole, whole.length).start;
  if (whole.length - start <= length) return whole.slice(-length);
  return whole.slice(start, start + headMax) + whole.slice(headMax - length);
}

/** Where a private key begins that is not over at the end of the text. */
function openBlockOf(whole: string): number | undefined {
  const from = Math.max(0, whole.length - longReach);
  const recent = whole.slice(from);
  const start = recent.lastIndexOf("-----BEGIN ");
  return start !== -1 && openBlock.test(recent.slice(start)) ? from + start : undefined;
}
