// A secret that was found once is looked for in the rest of its payload, as it is and as programs print it: in base64,
// in a URL, inside a JSON string. Short and everyday values are not looked for, or `postgres` would vanish from every
// path.

import { isPlaceholder } from "./placeholder.js";
import { isPlainWord } from "./plain-word.js";

/**
 * How many values of one payload are looked for: the first ones that were found. The limit keeps the search linear.
 */
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

/**
 * Gives the part of a value's base64 that does not depend on what stands around it, for each of the three alignments.
 */
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

/**
 * Makes a pattern that finds the given secrets in any of their forms. Gives undefined if none is worth looking for.
 */
export function knownValuePattern(values: Iterable<string>): RegExp | undefined {
  const telling = new Set<string>();
  for (const value of values) {
    for (const form of [value.trim(), value.trim().replace(/^(?:bearer|basic|token)\s+/i, "")]) {
      if (telling.size < valuesMax && isTelling(form)) telling.add(form);
    }
  }
  if (telling.size === 0) return undefined;
  const forms = [...new Set([...telling].flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"), "g");
}
