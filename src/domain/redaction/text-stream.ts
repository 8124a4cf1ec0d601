// Secrets that were cut: a model's message comes in pieces of a few characters, a process's output in pieces of whatever it had
// written. The pieces of one stream are looked at together, where they meet.

import type { RunEventType } from "../event.js";
import type { JsonObject } from "../json-value.js";
import { looksRandom } from "./randomness.js";
import { findSecrets } from "./secret-spans.js";
import type { Span } from "./span.js";

/** A piece of a stream, and what of it belongs to a secret that goes over its edge. */
export type Piece = { text: string; cuts: Span[] };

/** How many characters on each side of an edge are looked at, and how many if a secret began further before it. */
const reach = 512;
const longReach = 8192;

/**
 * Names the stream whose piece an event's `text` is: a message's, if its payload says which, or what a process writes to one
 * of its outputs. Undefined for an event that is no piece of anything.
 */
export function streamOf(type: RunEventType, payload: JsonObject): string | undefined {
  if (typeof payload["text"] !== "string") return undefined;
  const told = ["messageId", "itemId", "toolCallId", "commandId", "processId"].map((key) => payload[key]);
  const source = told.find((id) => typeof id === "string" || typeof id === "number") ?? "";
  if (type === "COMMAND_OUTPUT")
    return `${type} ${payload["stream"] === "stderr" ? "stderr" : "stdout"} ${source}`;
  return type === "ASSISTANT_MESSAGE" || type === "USER_MESSAGE" ? `${type} ${source}` : undefined;
}

/** The pieces of one stream, in order. */
export type TextStream = {
  /** Looks at where the piece meets those before it, and notes in each what belongs to a secret that goes over their edges. */
  add(piece: Piece): void;
  /** The last characters of the stream, as they came. */
  end(length: number): string;
};

/** A stream that begins behind `kept`, of which nothing can be taken back any more. */
export function createTextStream(kept = ""): TextStream {
  /** The last pieces, together at least as long as what is looked at. */
  let recent: Piece[] = kept === "" ? [] : [{ text: kept, cuts: [] }];
  let back = reach;
  return {
    add(piece) {
      const before = recent.map(({ text }) => text).join("");
      const skipped = Math.max(0, before.length - back);
      const probe = before.slice(skipped) + piece.text.slice(0, reach);
      const edge = before.length - skipped;
      const spans = edge > 0 && piece.text !== "" && mayGoOn(probe, edge) ? cutSpans(probe, edge) : [];
      for (const span of spans) {
        note([...recent, piece], { start: span.start + skipped, end: span.end + skipped });
      }
      // What reaches to the end of the stream, such as a long key, is known only by how it began.
      const open = spans.filter(({ end }) => end >= probe.trimEnd().length).map(({ start }) => start);
      back = Math.min(longReach, Math.max(reach, probe.length - Math.min(probe.length, ...open)));
      recent = lastOf([...recent, piece], back);
    },
    end: (length) =>
      recent
        .map(({ text }) => text)
        .join("")
        .slice(-length),
  };
}

/** Whether a secret may go over the edge: over the end of a line only a key, a block or a command of several lines does. */
function mayGoOn(probe: string, edge: number): boolean {
  if (probe[edge - 1] !== "\n") return true;
  return (
    /[:=|>\\"'][ \t]*\r?\n$/.test(probe.slice(Math.max(0, edge - 16), edge)) || probe.includes("-----BEGIN ")
  );
}

/** The secrets that go over the edge, or begin at it because of a name before it. */
function cutSpans(probe: string, edge: number): Span[] {
  const crossing = findSecrets(probe).filter(({ start, end }) => start <= edge && end > edge);
  if (crossing.length === 0) return crossing;
  const alone = findSecrets(probe.slice(0, edge));
  return crossing.filter(({ start, end }) => {
    // What is a secret without the next piece may end here: only what reads on as one belongs to it.
    const isWhole = start < edge && alone.some((span) => span.start === start && span.end === edge);
    const rest = probe.slice(edge, end);
    return !isWhole || /\d|[a-z][A-Z]|[+/=_-]/.test(rest) || looksRandom(rest);
  });
}

function note(pieces: readonly Piece[], span: Span): void {
  let at = 0;
  for (const piece of pieces) {
    const start = Math.max(0, span.start - at);
    const end = Math.min(piece.text.length, span.end - at);
    if (start < end) piece.cuts.push({ start, end });
    at += piece.text.length;
  }
}

/** The last pieces, together at least this long if there are as many. */
function lastOf(pieces: readonly Piece[], least: number): Piece[] {
  let length = 0;
  let first = pieces.length;
  while (first > 0 && length < least) {
    first -= 1;
    length += pieces[first]?.text.length ?? 0;
  }
  return pieces.slice(first);
}
