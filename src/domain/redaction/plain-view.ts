// A text as a terminal, a shell or a reader takes it: without colour codes and characters that are not seen, with the lines put
// together that a backslash continues, and with the letters that JSON has escaped.

import type { Span } from "./span.js";
import { upperBound } from "./upper-bound.js";
import { type Work, spend } from "./work.js";

/** What it costs to cut out a code, and to find the place of what is behind it; and a single character, as long words may be full of. */
const codeCost = 4;
const characterCost = 2;

/** A text without what was cut out of it, and where a stretch of it stands in the original. */
export type PlainView = { text: string; original(span: Span): Span };

const codes =
  /\u001b\[[\d;?]{0,24}[A-Za-z]|\u001b\][^\u0007\u001b]{0,256}(?:\u0007|\u001b\\)|\\(?:u001b|x1b|033|e)\[[\d;]{0,24}m|\\\r?\n|(?<=[ \t])[`^]\r?\n|(?<=[\w-])[\u00ad\u200b\u2060\ufeff]{1,8}(?=[\w-])|\\u00(?:3\d|[46][1-9a-f]|[57][\da]|5f)/gi;

/** Characters that part a word, and are not seen. */
const unseen = ["\u00ad", "\u200b", "\u2060", "\ufeff"];

function mayHoldCodes(text: string): boolean {
  if (unseen.some((character) => text.includes(character))) return true;
  // A search for one character costs least, and most texts hold none of these.
  if (!text.includes("\\") && !text.includes("\u001b") && !text.includes("`") && !text.includes("^"))
    return false;
  return (
    text.includes("\u001b") ||
    text.includes("\\\n") ||
    text.includes("\\\r\n") ||
    text.includes("\\u00") ||
    text.includes("x1b[") ||
    text.includes("\\033[") ||
    text.includes("\\e[") ||
    text.includes("^\r\n") ||
    text.includes("`\n") ||
    text.includes("^\n")
  );
}

/** The view of a text; undefined where nothing is to be cut out, and where that would cost more than it may. */
export function plainView(text: string, work: Work): PlainView | undefined {
  if (!mayHoldCodes(text)) return undefined;
  const parts: string[] = [];
  const starts: number[] = [];
  const shifts: number[] = [];
  let done = 0;
  let length = 0;
  codes.lastIndex = 0;
  for (let match = codes.exec(text); match !== null; match = codes.exec(text)) {
    spend(match[0].length === 1 ? characterCost : codeCost);
    work.takeUp();
    if (work.isOver) return undefined;
    const [code] = match;
    const letter = /^\\u00[3-7]/i.test(code) ? String.fromCharCode(parseInt(code.slice(2), 16)) : "";
    parts.push(text.slice(done, match.index) + letter);
    length += match.index - done + letter.length;
    done = match.index + match[0].length;
    starts.push(length);
    shifts.push(done - length);
  }
  if (parts.length === 0) return undefined;
  parts.push(text.slice(done));

  const place = (at: number): number => {
    const passed = upperBound(starts, at);
    return at + (passed === 0 ? 0 : (shifts[passed - 1] as number));
  };
  return {
    text: parts.join(""),
    original: ({ start, end }) => ({ start: place(start), end: place(end - 1) + 1 }),
  };
}
