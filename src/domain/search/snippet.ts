import { cut } from "../text.js";
import { foldWithOrigin } from "./fold.js";

/** The most characters (code points) of a snippet. */
export const maxSnippetLength = 240;

/** How many characters stand before the first place that is shown, where there are as many. */
const lead = 60;

/** How many places of each term are looked at, from the beginning of the text. */
const lookedAt = 200;

/** A piece of a text, with the places in it at which a term stands. */
export interface Snippet {
  text: string;
  /** [start, end) of each place, in code points, in their order. They do not overlap. */
  highlights: [start: number, end: number][];
}

type Span = { start: number; end: number; term: number };

/**
 * Cuts the piece out of a text in which the most of these terms stand, the first of such pieces. The terms are in the form that
 * is searched. A stretch of white space is shown as one space.
 */
export function makeSnippet(text: string, terms: readonly string[]): Snippet {
  const shown = text.replaceAll(/\s+/gu, " ").trim();
  const spans = findSpans(shown, terms);
  const from = bestStart(shown, spans);
  const piece = cut(shown.slice(from, from + 2 * maxSnippetLength), maxSnippetLength);
  const inside = spans
    .filter(({ start, end }) => end > from && start < from + piece.length)
    .map(({ start, end }) => [Math.max(0, start - from), Math.min(piece.length, end - from)] as const);
  return { text: piece, highlights: inPoints(piece, joined(inside)) };
}

/** Where the terms stand in the text, in its order. */
function findSpans(text: string, terms: readonly string[]): Span[] {
  const folded = foldWithOrigin(text);
  const spans: Span[] = [];
  for (const [term, word] of terms.entries()) {
    let at = folded.text.indexOf(word);
    for (let count = 0; at >= 0 && count < lookedAt; count += 1) {
      const [start, end] = folded.origin(at, at + word.length);
      spans.push({ start, end, term });
      at = folded.text.indexOf(word, at + word.length);
    }
  }
  return spans.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** Where the snippet begins: some characters before the first of the places that show the most terms together. */
function bestStart(text: string, spans: readonly Span[]): number {
  const room = maxSnippetLength - lead;
  let best = 0;
  let most = 0;
  for (const [index, { start }] of spans.entries()) {
    const terms = new Set<number>();
    for (let next = index; next < spans.length; next += 1) {
      const span = spans[next] as Span;
      if (span.end > start + room) break;
      terms.add(span.term);
    }
    if (terms.size > most) [best, most] = [start, terms.size];
    if (index === 0) best = start;
  }
  const whole =
    text.length <= maxSnippetLength ? 0 : Math.max(0, Math.min(best - lead, text.length - maxSnippetLength));
  // Not between the two halves of a character, nor between a letter and its accents.
  let from = whole;
  while (from > 0 && from > whole - 8 && /^[\u{dc00}-\u{dfff}\p{M}]/u.test(text.slice(from, from + 1)))
    from -= 1;
  return from;
}

function joined(spans: readonly (readonly [number, number])[]): [number, number][] {
  const all: [number, number][] = [];
  for (const [start, end] of spans) {
    const last = all.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else all.push([start, end]);
  }
  return all;
}

function inPoints(text: string, spans: readonly [number, number][]): [number, number][] {
  const points = (end: number) => Array.from(text.slice(0, end)).length;
  return spans.map(([start, end]) => [points(start), points(end)]);
}
