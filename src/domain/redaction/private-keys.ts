import { matchesOf } from "./matches.js";
import type { Span } from "./span.js";

const heading = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const ending = "-----END ";
const blockMax = 32_768;
const bodyMin = 16;
const body = /(?:[A-Za-z0-9+/=\s]|\\[nrt])*/y;

/**
 * Finds PEM private keys, from BEGIN to END. Their line breaks may be real or escaped. A block that was cut short is
 * taken as far as it goes.
 */
export function findPrivateKeys(text: string): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of matchesOf(heading, text)) {
    const from = match.index + match[0].length;
    // The place of the next END is kept, so that a thousand headings without an END cost one search.
    if (end !== -1 && end < from) end = text.indexOf(ending, from);
    if (end !== -1 && end - from <= blockMax) {
      const close = text.indexOf("-----", end + ending.length);
      const closed = close !== -1 && close - end < 80 ? close + 5 : end + ending.length;
      spans.push({ start: match.index, end: closed });
    } else {
      body.lastIndex = from;
      body.test(text);
      if (body.lastIndex - from >= bodyMin) spans.push({ start: match.index, end: body.lastIndex });
    }
  }
  return spans;
}
