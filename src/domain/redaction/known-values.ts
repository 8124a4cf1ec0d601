// A secret that was found once is looked for in the rest of its payload, as it is and as programs print it: in base64, in a
// URL, inside a JSON string. Short and everyday values are not, or `postgres` would vanish from every path.

import { isPlaceholder } from "./placeholder.js";
import { isPlainWord } from "./plain-word.js";
import { type Span, replaceSpans } from "./span.js";

/** How many values of one payload are looked for; the first that were found. Keeps the search linear. */
const valuesMax = 256;
const lengthMin = 8;
const lengthMax = 4096;

function isTelling(value: string): boolean {
  if (value.length < lengthMin || value.length > lengthMax) return false;
  if (/^[A-Za-z\s]*$/.test(value) && value.length < 16) return false;
  if (/^[\d\s.:-]*$/.test(value) && value.length < 12) return false;
  if (/^(?:\.{0,2}|~)\/(?:[\w.-]+\/)*[\w.-]*$/.test(value)) return false;
  return (
    new Set(value).size > 4 && !isPlaceholder(value) && !isPlainWord(value) && !value.includes("[REDACTED]")
  );
}

/** The part of the value's base64 that is the same whatever stands before and after it, for each of three alignments. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].map((shift) => {
    const text = btoa("\0".repeat(shift) + value);
    const tail = [0, 3, 2][(shift + value.length) % 3] ?? 0;
    return text.slice(shift === 0 ? 0 : shift + 1, text.length - tail);
  });
}

function formsOf(value: string): string[] {
  const forms = [value, JSON.stringify(value).slice(1, -1)];
  if (!/^[\x20-\x7e]*$/.test(value)) return forms;
  const base64 = base64Forms(value);
  return [
    ...forms,
    encodeURIComponent(value),
    ...base64,
    ...base64.map((form) => form.replace(/\+/g, "-").replace(/\//g, "_")),
  ];
}

function tellingForms(values: Iterable<string>): string[] {
  const telling = new Set<string>();
  for (const value of values) {
    const trimmed = value.trim();
    for (const form of [trimmed, trimmed.replace(/^(?:bearer|basic|token)\s+/i, "")]) {
      if (isTelling(form)) telling.add(form);
    }
    if (telling.size >= valuesMax) break;
  }
  return [...telling].flatMap(formsOf);
}

/** Replaces known values in a text, and says how many. */
export type KnownValues = (text: string) => { text: string; count: number };

/** Forms by their first characters: the lengths that occur, longest first, and the forms themselves. */
type Bucket = { lengths: number[]; forms: Set<string> };

/** One bit for each way that the four bytes which end at a place may look; kept between calls, and emptied after each. */
const filter = new Uint8Array(65_536);

function placeOf(bytes: number): number {
  return Math.imul(bytes, 0x9e3779b1) >>> 16;
}

function firstBytes(form: string): number {
  let bytes = 0;
  for (let i = 0; i < 4; i += 1) bytes = (bytes << 8) | (form.charCodeAt(i) & 255);
  return bytes;
}

/**
 * Finds the given secrets in any of their forms; undefined when none of them is worth looking for. One pass over each text,
 * however many they are: four bytes at a time are looked up, and eight characters of what passes.
 */
export function knownValues(values: Iterable<string>): KnownValues | undefined {
  const buckets = new Map<string, Bucket>();
  const places = new Set<number>();
  for (const form of tellingForms(values)) {
    const head = form.slice(0, lengthMin);
    const bucket = buckets.get(head) ?? { lengths: [], forms: new Set() };
    bucket.forms.add(form);
    if (!bucket.lengths.includes(form.length)) bucket.lengths.push(form.length);
    bucket.lengths.sort((a, b) => b - a);
    buckets.set(head, bucket);
    places.add(placeOf(firstBytes(form)));
  }
  if (buckets.size === 0) return undefined;

  return (text) => {
    const spans: Span[] = [];
    for (const place of places) filter[place] = 1;
    let bytes = 0;
    let from = 3;
    for (let i = 0; i < text.length; i += 1) {
      bytes = (bytes << 8) | (text.charCodeAt(i) & 255);
      if (filter[placeOf(bytes)] === 0 || i < from) continue;
      const start = i - 3;
      const bucket = buckets.get(text.slice(start, start + lengthMin));
      const length = bucket?.lengths.find((length) => bucket.forms.has(text.slice(start, start + length)));
      if (length === undefined) continue;
      spans.push({ start, end: start + length });
      from = start + length + 3;
    }
    for (const place of places) filter[place] = 0;
    return replaceSpans(text, spans);
  };
}
