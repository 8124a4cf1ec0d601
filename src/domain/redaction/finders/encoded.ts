import { type Finder, endAt } from "./finder.js";
import type { Span } from "../span.js";

const run = /[A-Za-z0-9+/_-]{24,}={0,2}/y;
const decodedMax = 65_536;

function decode(text: string): string | undefined {
  const plain = text.slice(0, decodedMax).replace(/=+$/, "").replace(/-/g, "+").replace(/_/g, "/");
  const whole = plain.length % 4 === 1 ? plain.slice(0, -1) : plain;
  try {
    return atob(whole);
  } catch {
    return undefined;
  }
}

/** Finds JSON in base64 in which `find` sees a secret; all of it goes, since what is left of it could not be read. */
export function createEncodedFinder(find: (text: string) => readonly Span[]): Finder {
  return {
    // `{"`, `{'`, `{ "`, `[{"`, and `{` with a line break behind it
    signs: ["eyj", "eyd", "eyai", "w3si", "ewog", "ewoj", "ew0k"],
    look({ text, at, from, spans }) {
      if (/[A-Za-z0-9+/_-]/.test(text[at - 1] ?? "")) return from;
      const end = endAt(run, text, at);
      if (end === -1) return from;
      // The first part of a JSON web token tells only about its signature.
      if (text[end] === ".") return end;
      const decoded = decode(text.slice(at, end));
      if (decoded !== undefined && find(decoded).length > 0) spans.push({ start: at, end });
      return end;
    },
  };
}
