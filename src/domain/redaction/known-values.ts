// A secret that was found once is looked for in the rest of its payload, as it is and as programs print it: in base64, in a
// URL, inside a JSON string. Short and everyday values are not, or `postgres` would vanish from every path.

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

/** What begins with the same characters. The forms and their lengths are made once such a beginning is met. */
type Bucket = { begun: { value: string; form: Form }[]; lengths: number[]; forms: Set<string> | undefined };

const printable = /^[\x20-\x7e]*$/;
const bareInUrl = /^[\w.!~*'()-]*$/;
// eslint-disable-next-line no-control-regex
const escapedInJson = /["\\\u0000-\u001f\ud800-\udfff]/;
const digits64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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

/** The first of the base64 digits that begin at this bit of the value. */
function base64Head(value: string, firstBit: number): string {
  let head = "";
  for (let bit = firstBit; head.length < lengthMin; bit += 6) {
    const at = bit >> 3;
    const two = (value.charCodeAt(at) << 8) | value.charCodeAt(at + 1);
    head += digits64[(two >> (10 - (bit & 7))) & 63] as string;
  }
  return head;
}

/** The forms of a value, and what each begins with, without making them. */
function formsOf(value: string): [head: string, form: Form][] {
  const begin = value.slice(0, lengthMin);
  const forms: [head: string, form: Form][] = [[begin, asIs]];
  // One character more, so that no pair of surrogates is cut.
  if (escapedInJson.test(value))
    forms.push([inJson(value.slice(0, lengthMin + 1)).slice(0, lengthMin), inJson]);
  if (!printable.test(value)) return forms;
  if (!bareInUrl.test(value)) forms.push([encodeURIComponent(begin).slice(0, lengthMin), encodeURIComponent]);
  for (const { firstBit, plain, safe } of alignments) {
    const head = base64Head(value, firstBit);
    forms.push([head, plain], [urlSafe(head), safe]);
  }
  return forms;
}

/** The four bytes that a form begins with, as one number. */
function firstBytes(form: string): number {
  let bytes = 0;
  for (let i = 0; i < 4; i += 1) bytes = (bytes << 8) | (form.charCodeAt(i) & 255);
  return bytes;
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

/**
 * Finds the given secrets in any of their forms; undefined when none of them is worth looking for. One pass over each text,
 * however many they are: four bytes at a time are looked up, and eight characters of what passes. Once the work is over, it
 * finds no more.
 */
export function knownValues(values: ReadonlySet<string>, work: Work): KnownValues | undefined {
  if (values.size === 0) return undefined;
  const buckets = new Map<string, Bucket>();
  const begins = new Set<number>();
  const filter = new Uint8Array(8_192);
  work.begin();
  for (const value of values) {
    spend(valueCost);
    for (const [head, form] of formsOf(value)) {
      const bucket = buckets.get(head);
      if (bucket !== undefined) bucket.begun.push({ value, form });
      else buckets.set(head, { begun: [{ value, form }], lengths: [], forms: undefined });
      const bytes = firstBytes(head);
      const place = placeOf(bytes);
      begins.add(bytes);
      filter[place >>> 3] = (filter[place >>> 3] as number) | (1 << (place & 7));
    }
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
        const place = placeOf(bytes);
        if ((((filter[place >>> 3] as number) >>> (place & 7)) & 1) === 0) continue;
        const start = from + i - 3;
        if (start < next || !begins.has(bytes)) continue;
        spend(2);
        const bucket = buckets.get(text.slice(start, start + lengthMin));
        const found = bucket && lengthAt(text, start, bucket);
        work.takeUp(1);
        if (work.isOver) break;
        if (found === undefined) continue;
        spend(findCost);
        spans.push({ start, end: start + found });
        next = start + found;
      }
    }
    return replaceSpans(text, spans);
  };
}
