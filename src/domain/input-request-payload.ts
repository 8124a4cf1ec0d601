// What an INPUT_REQUEST event says beyond its kind and prompt, in the form that is stored.
import { unfoldSchema } from "./answer-schema.js";
import { badUserInput } from "./errors.js";
import { fromKebab, toKebab } from "./failure.js";
import { type InputChoice, inputDecisions } from "./input-request.js";
import { parseInstant } from "./instant.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { isJsonObject } from "./json.js";
import { checkName } from "./text.js";
import { checkUrl } from "./url.js";

/** The most choices of a request. */
export const maxChoices = 100;

/**
 * Checks the choices, answerSchema, url and expiresAt of an INPUT_REQUEST's payload, and gives them in the form that is stored:
 * each choice an object, whose other keys stay, and `options` their labels. Throws BAD_USER_INPUT that names the key.
 */
export function normalizeAsked(payload: JsonObject, field: string): JsonObject {
  const { choices: given, options, answerSchema = null, url = null, expiresAt = null } = payload;
  const choices = takeChoices(
    given ?? options ?? null,
    `${field}.${given === undefined ? "options" : "choices"}`,
  );
  const asked: JsonObject = { choices, options: choices.map(({ label = null }) => label) };
  if (answerSchema !== null) unfoldSchema(answerSchema, `${field}.answerSchema`);
  if (url !== null) checkUrl(url, `${field}.url`);
  if (expiresAt !== null) {
    if (typeof expiresAt !== "string") throw badUserInput(`${field}.expiresAt`, "must be an instant as text");
    asked["expiresAt"] = parseInstant(expiresAt, `${field}.expiresAt`);
  }
  return asked;
}

function takeChoices(given: JsonValue, field: string): JsonObject[] {
  if (given === null) return [];
  if (!Array.isArray(given) || given.length > maxChoices)
    throw badUserInput(field, `must be a list of at most ${maxChoices} texts or objects`);
  const choices = given.map((choice, index) => takeChoice(choice, `${field}.${index}`));
  const ids = new Set<JsonValue | undefined>();
  for (const [index, { id }] of choices.entries()) {
    if (ids.has(id)) throw badUserInput(`${field}.${index}.id`, "must be another than those before it");
    ids.add(id);
  }
  return choices;
}

function takeChoice(choice: JsonValue, field: string): JsonObject {
  if (typeof choice === "string")
    return { id: checkName(choice, field), label: choice, description: null, decision: null };
  if (!isJsonObject(choice)) throw badUserInput(field, "must be a text, or an object with id and label");
  const { id = null, label = id, description = null, decision = null } = choice;
  if (typeof id !== "string") throw badUserInput(`${field}.id`, "must be a string");
  if (typeof label !== "string") throw badUserInput(`${field}.label`, "must be a string");
  if (description !== null && typeof description !== "string")
    throw badUserInput(`${field}.description`, "must be a string");
  const meant = typeof decision === "string" ? fromKebab(decision, inputDecisions) : undefined;
  if (decision !== null && meant === undefined)
    throw badUserInput(`${field}.decision`, `must be one of ${inputDecisions.map(toKebab).join(", ")}`);
  const known = { id: checkName(id, `${field}.id`), label, description };
  return { ...choice, ...known, decision: meant ? toKebab(meant) : null };
}

/** The choices of a stored payload. Events from before there were choices have options alone. */
export function choicesOf({ choices, options }: JsonObject): InputChoice[] {
  const stored = Array.isArray(choices) ? choices : Array.isArray(options) ? options : [];
  return stored.flatMap((choice) => {
    if (typeof choice === "string") return [{ id: choice, label: choice, description: null, decision: null }];
    if (!isJsonObject(choice)) return [];
    const { id, label, description, decision } = choice;
    if (typeof id !== "string" || typeof label !== "string") return [];
    return [
      {
        id,
        label,
        description: typeof description === "string" ? description : null,
        decision: (typeof decision === "string" && fromKebab(decision, inputDecisions)) || null,
      },
    ];
  });
}
