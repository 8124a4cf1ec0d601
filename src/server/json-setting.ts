// The variables that hold JSON, or name a file of it. Their messages tell where the JSON is wrong and nothing that it holds.
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { isJsonObject } from "../domain/json.js";
import type { JsonObject } from "../domain/json-value.js";
import { maxNameLength } from "../domain/text.js";
import { given } from "./setting.js";

const backendsForm = '[{ "profile": "name", "capabilities": { } }]';
const documentsForm = '{ "id": "the text of a document" }';

const capabilities = v.custom<JsonObject>(
  isJsonObject,
  ({ input }) => `must be an object, not ${kindOf(input)}`,
);

const profile = v.pipe(
  v.string(({ input }) => `must be a text, not ${kindOf(input)}`),
  v.check(
    (name) => name.trim() !== "" && [...name].length <= maxNameLength,
    `must have 1 to ${maxNameLength} characters, not only white space`,
  ),
  v.check(
    (name) => name.isWellFormed() && !name.includes("\0"),
    "must hold neither U+0000 nor lone surrogates",
  ),
);

/** BACKENDS is JSON, or the name of a file that holds it. */
export const backends = v.pipe(
  v.string(),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const read = /^[[{]/.test(value) ? parse(value, "JSON") : readJsonFile(value);
    if ("value" in read) return read.value;
    addIssue({ message: `${read.fault}; it must be JSON, or a file of JSON: ${backendsForm}` });
    return NEVER;
  }),
  v.custom<unknown[]>(
    Array.isArray,
    ({ input }) => `must be JSON, or a file of JSON, that is a list: ${backendsForm}; it is ${kindOf(input)}`,
  ),
  v.array(
    v.pipe(
      v.custom<JsonObject>(isJsonObject, ({ input }) => `must be an object, not ${kindOf(input)}`),
      v.check(
        (entry) => Object.keys(entry).every((key) => key === "profile" || key === "capabilities"),
        "has a key that is neither profile nor capabilities",
      ),
      v.object({ profile, capabilities: v.optional(capabilities, {}) }, "is missing"),
    ),
  ),
);

/** PERSISTED_DOCUMENTS is a file of texts by id. */
export const documents = v.pipe(
  v.string(),
  v.rawTransform(({ dataset: { value: file }, addIssue, NEVER }) => {
    const read = readJsonFile(file);
    const fault = "fault" in read ? read.fault : faultOfDocuments(read.value);
    if (fault === null && "value" in read) return read.value as Readonly<Record<string, string>>;
    addIssue({ message: `${fault}; it must be a file of JSON: ${documentsForm}` });
    return NEVER;
  }),
);

function faultOfDocuments(value: unknown): string | null {
  if (!isJsonObject(value)) return `names a file that holds ${kindOf(value)}`;
  const wrong = Object.entries(value).find(([, text]) => typeof text !== "string");
  return wrong ? `names a file that holds ${kindOf(wrong[1])} under ${given(wrong[0])}` : null;
}

type Read = { value: unknown } | { fault: string };

function readJsonFile(file: string): Read {
  try {
    return parse(readFileSync(file, "utf8"), `a file (${given(file)}) of JSON`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { fault: `names a file that cannot be read (${code ?? message}): ${given(file)}` };
  }
}

/** The parser's own message repeats the text. Only the place in it is told, if there is one. */
function parse(text: string, what: string): Read {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const { message } = error as SyntaxError;
    const place = /line \d+ column \d+/.exec(message) ?? /position \d+/.exec(message);
    return { fault: `is ${what} that is broken${place ? ` at ${place[0]}` : ""}` };
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  object: "an object",
};

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : (kinds[typeof value] ?? "nothing");
}
