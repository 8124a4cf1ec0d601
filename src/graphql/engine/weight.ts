import type { ExecutionResult } from "graphql";
import { AnswerTooLong, type Limits } from "./limits.js";

/** About how many bytes an answer has, found before it is written. Throws {@link AnswerTooLong} where it has too many. */
export function weighAnswer({ data }: ExecutionResult, limits: Limits): number {
  const rest = restOf(data, limits.answerBytes);
  if (rest < 0) throw new AnswerTooLong(limits);
  return limits.answerBytes - rest;
}

/** What the JSON of a value leaves of so many bytes; less than nothing, and not counted to its end, where it has more. */
function restOf(value: unknown, bytes: number): number {
  if (typeof value === "string") return bytes - Buffer.byteLength(value) - 2;
  if (typeof value !== "object" || value === null) return bytes - 5;
  let rest = bytes - 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      rest = restOf(item, rest - 1);
      if (rest < 0) return rest;
    }
    return rest;
  }
  for (const [key, item] of Object.entries(value)) {
    rest = restOf(item, rest - key.length - 4);
    if (rest < 0) return rest;
  }
  return rest;
}
