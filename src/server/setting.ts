/*
 * How a text that people set from outside is read, be it a variable of the environment or an option of the command line:
 * the rules, and how a refusal is worded. A rule's message goes on after the name: "PORT" "must be a whole number ...". It
 * repeats what was given, unless that may be a secret.
 */
import * as v from "valibot";
import { maxNameLength } from "../domain/text.js";

/** Makes a value of a text, or says what the text must be. */
export type Rule<Value> = v.GenericSchema<string, Value>;

/** How much of what was given a message repeats, in characters. */
const repeatedLength = 100;

/** How many wrong settings are told at once. */
const toldIssues = 10;

/** What was given, as a message repeats it. */
export function given(text: string): string {
  return JSON.stringify(text.length > repeatedLength ? `${text.slice(0, repeatedLength)}…` : text);
}

/** A whole number in decimal digits. */
export function whole(min: number, max: number) {
  return v.pipe(
    v.string(),
    v.check(
      (text) => /^\d+$/.test(text) && isWithin(text, min, max),
      ({ input }) => `must be a whole number from ${min} to ${max}, not ${given(input)}`,
    ),
    v.transform(Number),
  );
}

/** A number, with a fraction or without. */
export function decimal(min: number, max: number) {
  return v.pipe(
    v.string(),
    v.check(
      (text) => text.trim() !== "" && isWithin(text, min, max),
      ({ input }) => `must be a number from ${min} to ${max}, not ${given(input)}`,
    ),
    v.transform(Number),
  );
}

function isWithin(text: string, min: number, max: number): boolean {
  return Number(text) >= min && Number(text) <= max;
}

/** One of these words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return v.picklist(words, ({ input }) => `must be one of ${words.join(", ")}, not ${given(String(input))}`);
}

/** A name of 1 to 200 characters, without the white space around it. */
export const name = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (text) => text !== "" && text.length <= maxNameLength,
    `must be a name of 1 to ${maxNameLength} characters`,
  ),
);

/** True for 1, true or on; false for 0, false or off. */
export const onOrOff = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.picklist(
    ["1", "true", "on", "0", "false", "off"],
    ({ input }) => `must be 1, true, on, 0, false or off, not ${given(String(input))}`,
  ),
  v.transform((word) => ["1", "true", "on"].includes(word)),
);

/** Where a service is. It is not repeated, since it may hold a password. */
export const serviceUrl = v.pipe(
  v.string(),
  v.check(
    (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
    "must be an http:// or https:// URL, such as http://127.0.0.1:4000/graphql",
  ),
);

/** Words with commas between. */
const listed = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean),
  ),
);

/** Origins as browsers send them, with commas between: scheme, host, and the port where it is not the scheme's own; or * for all. */
export const origins = v.pipe(
  listed,
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const read = value.map((word) => ({ word, origin: word === "*" ? word : originOf(word) }));
    const wrong = read.find(({ origin }) => origin === null);
    if (wrong) {
      const form =
        "must be origins with commas between, such as https://app.example or http://localhost:5173, or *";
      addIssue({ message: `${form}, not ${given(wrong.word)}` });
      return NEVER;
    }
    return read.flatMap(({ origin }) => origin ?? []);
  }),
);

/** The origin in the form in which browsers send it. Of a scheme that is not the web's, such as an app's, it is told as it is. */
function originOf(text: string): string | null {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/?#@*\s]+\/?$/i.test(text) || !URL.canParse(text)) return null;
  const { origin } = new URL(text);
  return origin === "null" ? text.replace(/\/$/, "") : origin;
}

/** A variable with a default, a text as people would give it. It counts for one that is blank too. */
export function setting<Value>(rule: Rule<Value>, otherwise: string) {
  return v.pipe(
    v.optional(v.string(), ""),
    v.transform((text) => text.trim() || otherwise),
    rule,
  );
}

/** A variable that is null if it is not set, or blank. */
export function optional<Value>(rule: Rule<Value>) {
  return v.pipe(
    v.optional(v.string(), ""),
    v.trim(),
    v.lazy((text): Rule<Value | null> => (text === "" ? absent : rule)),
  );
}

const absent = v.pipe(
  v.string(),
  v.transform(() => null),
);

/** Reads variables by their schema. Throws an Error that has a line for each that is wrong, ten at most. */
export function readVariables<Schema extends v.GenericSchema>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, env, { abortPipeEarly: true });
  if (result.success) return result.output;
  throw refusal(result.issues);
}

/** Gives what reads one variable or option. It throws an Error that begins with its name. */
export function readerOf<Value>(name: string, rule: Rule<Value>): (text: string) => Value {
  return (text) => {
    const result = v.safeParse(rule, text, { abortPipeEarly: true });
    if (result.success) return result.output;
    throw refusal(result.issues, name);
  };
}

function refusal(issues: readonly v.BaseIssue<unknown>[], name = ""): Error {
  const lines = issues.map(({ path, message }) => `${name}${placeOf(path)} ${message}`);
  return new Error(lines.slice(0, toldIssues).join("\n"));
}

/** Where an issue is: BACKENDS[1].profile. */
function placeOf(path: v.BaseIssue<unknown>["path"]): string {
  const keys = (path ?? []).map(({ key }) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
  return keys.join("").replace(/^\./, "");
}
