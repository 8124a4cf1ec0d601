import { badUserInput } from "./errors.js";
import { fromKebab, toKebab } from "./failure.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { isJsonObject } from "./json.js";

/** How far an entry of a plan has come. */
export const planEntryStatuses = ["PENDING", "IN_PROGRESS", "COMPLETED", "CANCELLED"] as const;

/** One of {@link planEntryStatuses}. */
export type PlanEntryStatus = (typeof planEntryStatuses)[number];

/** One step of a plan. */
export interface PlanEntry {
  text: string;
  status: PlanEntryStatus;
}

/** The most entries of a plan. */
const maxPlanEntries = 200;

/**
 * Checks the entries of a PLAN's payload, and gives them in the form that is stored: a status that is left out is pending. Throws
 * BAD_USER_INPUT that names the key.
 */
export function normalizeEntries(entries: JsonValue | undefined, field: string): JsonObject[] {
  if (!Array.isArray(entries) || entries.length > maxPlanEntries)
    throw badUserInput(field, `must be a list of at most ${maxPlanEntries} objects`);
  return entries.map((entry, index) => takeEntry(entry, `${field}.${index}`));
}

function takeEntry(entry: JsonValue, field: string): JsonObject {
  if (!isJsonObject(entry)) throw badUserInput(field, "must be an object with text and status");
  const { text, status } = entry;
  if (typeof text !== "string") throw badUserInput(`${field}.text`, "must be a string");
  const said = status ?? "pending";
  const known = typeof said === "string" ? fromKebab(said, planEntryStatuses) : undefined;
  if (known === undefined)
    throw badUserInput(`${field}.status`, `must be one of ${planEntryStatuses.map(toKebab).join(", ")}`);
  return { ...entry, status: toKebab(known) };
}

/** The entries of a stored payload. */
export function entriesOf({ entries }: JsonObject): PlanEntry[] {
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry) => {
    if (!isJsonObject(entry) || typeof entry["text"] !== "string") return [];
    const { status } = entry;
    const known = typeof status === "string" ? fromKebab(status, planEntryStatuses) : undefined;
    return [{ text: entry["text"], status: known ?? "PENDING" }];
  });
}
