import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { checkJson, isJsonObject } from "./json.js";
import { checkCharacters } from "./text.js";

/** Who may give a session its title. What a reader gave is not replaced by a runner. */
export const titleGivers = ["READER", "RUNNER"] as const;

/** One of {@link titleGivers}. */
export type TitleGiver = (typeof titleGivers)[number];

/** How long a given title may be, in characters. */
export const maxTitleLength = 200;

/** How long a label may be, in characters, and how many a session has at most. */
export const maxLabelLength = 64;
export const maxLabels = 64;

/** How many links a session has at most. */
export const maxLinks = 50;

/** What a link of a session leads to. */
export const sessionLinkKinds = [
  "PULL_REQUEST",
  "ISSUE",
  "BRANCH",
  "PREVIEW",
  "DASHBOARD",
  "DOCUMENT",
  "OTHER",
] as const;

/** One of {@link sessionLinkKinds}. */
export type SessionLinkKind = (typeof sessionLinkKinds)[number];

/** Something elsewhere that a session is about, or has made. */
export interface SessionLink {
  url: string;
  label: string | null;
  kind: SessionLinkKind;
  /** How it stands there, in its own words, such as `merged`. */
  state: string | null;
}

/**
 * Gives labels as they are stored: trimmed, in lower case, in their order and without repeats. Throws BAD_USER_INPUT if one is
 * empty or too long, or if there are too many.
 */
export function takeLabels(labels: readonly string[], field: string): string[] {
  if (labels.length > maxLabels) throw badUserInput(field, `must be at most ${maxLabels} labels`);
  const taken = labels.map((label, index) => {
    const text = checkCharacters(label.trim().toLowerCase(), `${field}.${index}`);
    const { length } = [...text];
    if (length === 0 || length > maxLabelLength)
      throw badUserInput(`${field}.${index}`, `must have 1 to ${maxLabelLength} characters`);
    return text;
  });
  return [...new Set(taken)].toSorted();
}

/** Adds and removes labels; one that is in both is removed. Throws BAD_USER_INPUT if there are too many then. */
export function editLabels(
  labels: readonly string[],
  added: readonly string[],
  removed: readonly string[],
  field: string,
): string[] {
  const gone = new Set(removed);
  const edited = [...new Set([...labels, ...added])].filter((label) => !gone.has(label)).toSorted();
  if (edited.length > maxLabels && edited.length > labels.length)
    throw badUserInput(field, `must leave the session with at most ${maxLabels} labels`);
  return edited;
}

/** Applies a merge patch as RFC 7396 says. Throws BAD_USER_INPUT if what comes of it is too long or too deep. */
export function patchMetadata(metadata: JsonObject, patch: JsonObject, field: string): JsonObject {
  return checkJson(mergePatch(metadata, patch), field) as JsonObject;
}

function mergePatch(target: JsonValue | undefined, patch: JsonObject): JsonObject {
  // Without a prototype, so that the key __proto__ is one like any other.
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, isJsonObject(value) ? mergePatch(merged.get(key), value) : (value ?? null));
  }
  return Object.fromEntries(merged);
}
