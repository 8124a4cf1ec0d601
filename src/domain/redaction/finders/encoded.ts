import { codeAt, codeBefore } from "../code-at.js";
import { type Finder, endAt, isWordCharacter } from "./finder.js";
import type { Span } from "../span.js";
import { type Work, spend } from "../work.js";

const run = /[A-Za-z0-9+/_-]{24,}={0,2}/y;
const decodedMax = 65_536;

/** What base64 is made of, in either of its alphabets. */
function isBase64(code: number): boolean {
  return isWordCharacter(code) || code === 43 || code === 47 || code === 45;
}

/** What base64 of either alphabet stands for, a character for each byte. */
function decode(text: string): string {
  return Buffer.from(text.slice(0, decodedMax), "base64").toString("latin1");
}

/** Finds JSON in base64 in which `find` sees a secret; all of it goes, since what is left of it could not be read. */
export function createEncodedFinder(find: (text: string, work: Work) => readonly Span[]): Finder {
  return {
    // `{"`, `{'`, `{ "`, `[{"`, and `{` with a line break behind it
    // and the first line of a private key
    signs: ["eyj", "eyd", "eyai", "w3si", "ewog", "ewoj", "ew0k", "ls0tls1crudjti"],
    look({ text, at, from, spans, work }) {
      if (isBase64(codeBefore(text, at))) return from;
      const end = endAt(run, text, at);
      if (end === -1) return from;
      // The first part of a JSON web token tells only about its signature.
      if (codeAt(text, end) === 46) return end;
      const decoded = decode(text.slice(at, end));
      spend(10 + ((end - at) >> 3));
      if (find(decoded, work).length > 0) spans.push({ start: at, end });
      return end;
    },
  };
}
