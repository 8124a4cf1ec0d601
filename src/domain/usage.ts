import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";

/** What a USAGE event counts, in whole numbers; `costUsd` and `model` stand beside them in its payload. */
const counted = [
  "inputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "outputTokens",
  "reasoningTokens",
  "requests",
] as const;

type Counted = (typeof counted)[number];

/** What was used, by one event or by all of a run or session. */
export type Usage = Record<Counted, number> & {
  /** In millionths of a US dollar, of what told its cost. */
  costMicros: number;
  /** How many events told no cost of what they used. */
  unpriced: number;
};

const nothing: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  requests: 0,
  costMicros: 0,
  unpriced: 0,
};

/** The most that an event may count of each, and the most that it may cost, in US dollars. */
const maxCount = 1_000_000_000_000;
const maxCostUsd = 1_000_000;

/** Where sums stay. The statement that stores events adds them up, and stops there too. */
export const maxUsage = Number.MAX_SAFE_INTEGER;

/**
 * Checks what a USAGE's payload counts, and gives it in the form that is stored: counts that are left out are 0, but one request,
 * and the cost is rounded to millionths, half up. Throws BAD_USER_INPUT that names the key.
 */
export function normalizeUsage(payload: JsonObject, field: string): JsonObject {
  const usage: JsonObject = {};
  for (const key of counted) usage[key] = takeCount(payload[key], key, field);
  const { costUsd = null } = payload;
  if (costUsd === null) return usage;
  if (typeof costUsd !== "number" || !(costUsd >= 0 && costUsd <= maxCostUsd))
    throw badUserInput(`${field}.costUsd`, `must be a number from 0 to ${maxCostUsd}`);
  usage["costUsd"] = millionthsOf(costUsd) / 1e6;
  return usage;
}

function takeCount(value: JsonValue | undefined, key: Counted, field: string): number {
  if (value === undefined || value === null) return key === "requests" ? 1 : 0;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxCount) return value;
  throw badUserInput(`${field}.${key}`, `must be a whole number from 0 to ${maxCount}`);
}

/** A number in whole millionths, rounded half up by its decimal digits: what is said as 0.0000015 is 2, whatever its bits are. */
export function millionthsOf(value: number): number {
  // Far from a half its bits say the same: a cost of a million has an error of a thousandth at most.
  const millionths = value * 1e6;
  if (Math.abs((millionths % 1) - 0.5) > 0.001 && value <= maxCostUsd) return Math.round(millionths);
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const kept = Number(exponent) + 7;
  if (kept >= digits.length) return Number(digits.padEnd(kept, "0"));
  if (kept < 0) return 0;
  return Number(digits.slice(0, kept)) + (digits.charAt(kept) >= "5" ? 1 : 0);
}

/** What the payload of a stored USAGE event counts. */
export function usageOf(payload: JsonObject): Usage {
  const usage = { ...nothing };
  for (const key of counted) {
    const value = payload[key];
    if (typeof value === "number") usage[key] = value;
  }
  const { costUsd } = payload;
  if (typeof costUsd === "number") usage.costMicros = Math.round(costUsd * 1e6);
  else if (counted.some((key) => usage[key] > 0)) usage.unpriced = 1;
  return usage;
}

/** Every key of a {@link Usage}. Rows hold their numbers in this order: a new key comes last. */
export const usageKeys = Object.keys(nothing) as (keyof Usage)[];

/** A {@link Usage} as rows hold it: its numbers in the order of {@link usageKeys}. */
export type UsageNumbers = readonly number[];

/** Adds to what was used what one more stored USAGE event counts. The sums of the events that one call may append are exact. */
export function addUsage(sums: UsageNumbers | undefined, payload: JsonObject): UsageNumbers {
  const usage = usageOf(payload);
  return usageKeys.map((key, place) => (sums?.[place] ?? 0) + usage[key]);
}

/** What a row has used: nothing before its first USAGE event. */
export function usageOfRow(stored: UsageNumbers | null): Usage {
  const usage = { ...nothing };
  for (const [place, key] of usageKeys.entries()) usage[key] = stored?.[place] ?? 0;
  return usage;
}
