import type { RunEventType } from "../event.js";
import type { JsonObject, JsonValue } from "../json-value.js";
import { isJsonObject } from "../json.js";

/** What of a session is searched. */
export const searchFields = [
  "TITLE",
  "PROMPT",
  "MESSAGE",
  "OUTPUT",
  "TOOL",
  "DIFF",
  "ERROR",
  "REQUEST",
] as const;

/** One of {@link searchFields}. */
export type SearchField = (typeof searchFields)[number];

/** What is searched of an event: one text. */
export interface PlaceText {
  field: SearchField;
  text: string;
}

/** An event as it is searched, with the payload of the command that it tells of, if any. */
export interface SearchedEvent {
  type: RunEventType;
  payload: JsonObject;
  command: JsonObject | null;
}

type Read = (payload: JsonObject, command: JsonObject | null) => string;

/** Where each type of event has its text; a type that is left out has none. */
const texts: Partial<Record<RunEventType, [field: SearchField, read: Read]>> = {
  ASSISTANT_MESSAGE: ["MESSAGE", ({ text }) => wordsOf(text)],
  USER_MESSAGE: ["MESSAGE", ({ text }) => wordsOf(text)],
  REASONING: ["MESSAGE", ({ text }) => wordsOf(text)],
  PLAN: ["MESSAGE", ({ entries }) => planText(entries)],
  TOOL_CALL: ["TOOL", ({ name, input, output }) => wordsOf(name, input, output)],
  COMMAND_OUTPUT: ["OUTPUT", ({ text }) => wordsOf(text)],
  DIFF: ["DIFF", ({ path, diff }) => wordsOf(path, diff)],
  ERROR: ["ERROR", ({ message }) => wordsOf(message)],
  TERMINAL_STATUS: ["ERROR", ({ message }) => wordsOf(message)],
  INPUT_REQUEST: ["REQUEST", ({ prompt, choices, action }) => wordsOf(prompt, choices, action)],
  BACKEND_STATUS: ["PROMPT", (_payload, command) => wordsOf(command?.["prompt"] ?? command?.["text"])],
};

/** The types of events that have a text in one of these fields; of all where null is given. */
export function typesOf(fields: readonly SearchField[] | null): RunEventType[] {
  return Object.entries(texts)
    .filter(([, [field]]) => fields === null || fields.includes(field))
    .map(([type]) => type as RunEventType);
}

/** Gives the text of an event that is searched; null if it has none. */
export function placeOf({ type, payload, command }: SearchedEvent): PlaceText | null {
  const kind = texts[type];
  if (!kind) return null;
  const text = kind[1](payload, command);
  return text.trim() === "" ? null : { field: kind[0], text };
}

/** The steps of a plan, each on a line of its own. How far they have come is no text. */
function planText(entries: JsonValue | undefined): string {
  const steps = Array.isArray(entries) ? entries : [];
  return wordsOf(...steps.map((step) => (isJsonObject(step) ? step["text"] : undefined)));
}

/** All texts, numbers and keys in JSON values, in their order, each on a line of its own. */
function wordsOf(...values: readonly (JsonValue | undefined)[]): string {
  const lines: string[] = [];
  for (const value of values) collect(value, "", lines);
  return lines.join("\n");
}

function collect(value: JsonValue | undefined, label: string, lines: string[]): void {
  if (Array.isArray(value)) {
    for (const each of value) collect(each, label, lines);
  } else if (isJsonObject(value)) {
    for (const [key, each] of Object.entries(value)) collect(each, `${key}: `, lines);
  } else if (value !== null && value !== undefined && value !== "") {
    lines.push(`${label}${String(value)}`);
  }
}
