// A secret that was found once is looked for in the rest of its payload, as it is and as programs print it: in base64, in a
// URL, inside a JSON string. Short and everyday values are not, or `postgres` would vanish from every path.

import { codeAt } from "./code-at.js";
import { lengthMin } from "./found-values.js";
import { scanStep } from "./sign-scanner.js";
import { type Span, replaceSpans } from "./span.js";
import { type Work, findCost, spend, spendReading } from "./work.js";

/** Replaces known values in a text, and says how many. */
export type KnownValues = (text: string) => { text: string; count: number };

/** What a value costs that is looked for: its forms begin in up to nine ways. */
const valueCost = 24;

/** How a program may print a value. */
type Form = (value: string) => string;

/** Values and forms whose beginnings have the same number. The forms and their lengths are made once such a beginning is met. */
type Bucket = { begun: { value: string; form: Form }[]; lengths: number[]; forms: Set<string> | undefined };

const printable = /^[\x20-\x7e]*$/;
const bareInUrl = /^[\w.!~*'()-]*$/;
// eslint-disable-next-line no-control-regex
const escapedInJson = /["\\\u0000-\u001f\ud800-\udfff]/;
const digits64 = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

const asIs: Form = (value) => value;
const inJson: Form = (value) => JSON.stringify(value).slice(1, -1);

function urlSafe(base64: string): string {
  return base64.replace(/[+/]/g, (sign) => (sign === "+" ? "-" : "_"));
}

/** For each of three alignments, the part of the value's base64 that is the same whatever stands before and after it. */
const alignments = [0, 1, 2].map((shift) => {
  const plain: Form = (value) => {
    const text = btoa("\0".repeat(shift) + value);
    const tail = [0, 3, 2][(shift + value.length) % 3] ?? 0;
    return text.slice(shift === 0 ? 0 : shift + 1, text.length - tail);
  };
  return { firstBit: [0, 4, 2][shift] ?? 0, plain, safe: (value: string) => urlSafe(plain(value)) };
});

/** What a form begins with: eight characters, of each its lower byte, four in either number. */
type Head = { first: number; second: number };

function headOf(text: string): Head {
  return { first: fourBytes(text, 0), second: fourBytes(text, 4) };
}

function fourBytes(text: string, at: number): number {
  let bytes = 0;
  for (let i = at; i < at + 4; i += 1) bytes = (bytes << 8) | (codeAt(text, i) & 255);
  return bytes;
}

/** Four of the base64 digits that begin at this bit of the value. */
function fourDigits(value: string, firstBit: number): number {
  let bytes = 0;
  for (let bit = firstBit; bit < firstBit + 24; bit += 6) {
    const at = bit >> 3;
    const two = (value.charCodeAt(at) << 8) | codeAt(value, at + 1);
    bytes = (bytes << 8) | (digits64[(two >> (10 - (bit & 7))) & 63] as number);
  }
  return bytes;
}

/** The same digits with `-` and `_` in place of `+` and `/`. */
function safeBytes(bytes: number): number {
  let safe = 0;
  for (let shift = 24; shift >= 0; shift -= 8) {
    const code = (bytes >>> shift) & 255;
    safe = (safe << 8) | (code === 43 ? 45 : code === 47 ? 95 : code);
  }
  return safe;
}

/** Calls `add` with each form of a value and what it begins with, without making it. */
function eachForm(value: string, add: (form: Form, first: number, second: number) => void): void {
  const asItIs = headOf(value);
  add(asIs, asItIs.first, asItIs.second);
  // One character more, so that no pair of surrogates is cut.
  if (escapedInJson.test(value)) {
    const escaped = headOf(inJson(value.slice(0, lengthMin + 1)));
    add(inJson, escaped.first, escaped.second);
  }
  if (!printable.test(value)) return;
  if (!bareInUrl.test(value)) {
    const encoded = headOf(encodeURIComponent(value.slice(0, lengthMin)));
    add(encodeURIComponent, encoded.first, encoded.second);
  }
  for (const { firstBit, plain, safe } of alignments) {
    const first = fourDigits(value, firstBit);
    const second = fourDigits(value, firstBit + 24);
    add(plain, first, second);
    add(safe, safeBytes(first), safeBytes(second));
  }
}

/** Which of 65,536 bits stands for these four bytes, and for some others. */
function placeOf(bytes: number): number {
  return Math.imul(bytes, 0x9e3779b1) >>> 16;
}

/** How long the longest form is that begins at a place; undefined where none does. */
function lengthAt(text: string, at: number, bucket: Bucket): number | undefined {
  if (bucket.forms === undefined) fill(bucket);
  return bucket.lengths.find((length) => {
    spendReading(length);
    return bucket.forms?.has(text.slice(at, at + length));
  });
}

function fill(bucket: Bucket): void {
  const forms = bucket.begun.map(({ value, form }) => {
    if (form !== asIs) spendReading(16 * value.length);
    return form(value);
  });
  bucket.forms = new Set(forms);
  bucket.lengths = [...new Set(forms.map(({ length }) => length))].sort((a, b) => b - a);
}

const window = Buffer.alloc(scanStep);

/** Forms by what they begin with, and a quick look at whether any begins with some four bytes. */
class Beginnings {
  readonly #buckets = new Map<number, Bucket>();
  readonly #firsts = new Set<number>();
  readonly #filter = new Uint8Array(8_192);

  add(value: string): void {
    eachForm(value, (form, first, second) => {
      const key = keyOf(first, second);
      const bucket = this.#buckets.get(key);
      if (bucket !== undefined) bucket.begun.push({ value, form });
      else this.#buckets.set(key, { begun: [{ value, form }], lengths: [], forms: undefined });
      const place = placeOf(first);
      this.#firsts.add(first);
      this.#filter[place >>> 3] = (this.#filter[place >>> 3] as number) | (1 << (place & 7));
    });
  }

  /** Whether none begins with these bytes; it may be wrong about some. */
  lacks(bytes: number): boolean {
    const place = placeOf(bytes);
    return (((this.#filter[place >>> 3] as number) >>> (place & 7)) & 1) === 0;
  }

  /** How long the longest form is that stands at a place, where these four bytes do; 0 where none does. */
  lengthAt(text: string, at: number, bytes: number, work: Work): number {
    if (!this.#firsts.has(bytes)) return 0;
    spend(2);
    const bucket = this.#buckets.get(keyOf(bytes, fourBytes(text, at + 4)));
    const length = bucket && lengthAt(text, at, bucket);
    if (length !== undefined) spend(findCost);
    work.takeUp(1);
    return length ?? 0;
  }
}

/** A number for eight bytes, and for some others. */
function keyOf(first: number, second: number): number {
  return Math.imul(first, 0x9e3779b1) ^ second;
}

/**
 * Finds the given secrets in any of their forms; undefined when none of them is worth looking for. One pass over each text,
 * however many they are: four bytes at a time are looked up, and eight characters of what passes. Once the work is over, it
 * finds no more.
 */
export function knownValues(values: ReadonlySet<string>, work: Work): KnownValues | undefined {
  if (values.size === 0) return undefined;
  const beginnings = new Beginnings();
  work.begin();
  for (const value of values) {
    spend(valueCost);
    beginnings.add(value);
  }
  work.takeUp(1);

  return (text) => {
    if (text.length < lengthMin) return { text, count: 0 };
    const spans: Span[] = [];
    let bytes = 0;
    let next = 0;
    work.begin();
    for (let from = 0; from < text.length && !work.isOver; from += scanStep) {
      const part = text.length <= scanStep ? text : text.slice(from, from + scanStep);
      const length = window.write(part, "latin1");
      for (let i = 0; i < length; i += 1) {
        bytes = (bytes << 8) | (window[i] as number);
        if (beginnings.lacks(bytes)) continue;
        const start = from + i - 3;
        if (start < next) continue;
        const found = beginnings.lengthAt(text, start, bytes, work);
        if (work.isOver) break;
        if (found === 0) continue;
        spans.push({ start, end: start + found });
        next = start + found;
      }
    }
    return replaceSpans(text, spans);
  };
}
