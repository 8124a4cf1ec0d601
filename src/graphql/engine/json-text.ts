import { isEscaped } from "../../domain/text.js";
import type { Limits } from "./limits.js";

/** What a text of JSON holds. */
export interface JsonMeasure {
  /** The keys of all objects, and the objects and lists themselves: what takes long to make. */
  jsonKeys: number;
  /** The values of all objects and lists beyond the first of each. */
  jsonValues: number;
  /** How many brackets stand open at most. */
  jsonDepth: number;
}

/** Up to how many levels a text is parsed all the same, so that a refusal can say what is too deep, and of which operation. */
const parsedLevels = 50_000;

/**
 * Measures a text of JSON before it is parsed: to parse and look through 200,000 keys, or two million brackets, takes a third of a
 * second. What is no JSON is measured somehow.
 */
export function measureJson(text: string): JsonMeasure {
  const measure = { jsonKeys: 0, jsonValues: 0, jsonDepth: 0 };
  let level = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x3a: // :
        measure.jsonKeys += 1;
        break;
      case 0x2c: // ,
        measure.jsonValues += 1;
        break;
      case 0x5b: // [
      case 0x7b: // {
        measure.jsonKeys += 1;
        level += 1;
        if (level > measure.jsonDepth) measure.jsonDepth = level;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        level -= 1;
        break;
    }
  }
  return measure;
}

/** The limit that a text of JSON breaks, so that it is not worth parsing; undefined if it breaks none. */
export function brokenLimit(measure: JsonMeasure, limits: Limits): keyof JsonMeasure | undefined {
  if (measure.jsonDepth > Math.max(limits.jsonDepth, parsedLevels)) return "jsonDepth";
  if (measure.jsonKeys > limits.jsonKeys) return "jsonKeys";
  return measure.jsonValues > limits.jsonValues ? "jsonValues" : undefined;
}

/** The place of the quote that ends the string which begins at a quote; the text's end if none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    if (!isEscaped(text, start, end)) return end;
  }
  return text.length;
}
