// Takes secrets out of payloads, once, before anything is stored or published. The first pass finds secrets by their
// keys and forms. The second takes what was found out of every other string of the same payload. Redacting twice
// changes nothing.

import type { JsonObject, JsonValue } from "../json-value.js";
import { findInCommand } from "./command-list.js";
import type { CredentialKind } from "./credential-key.js";
import { FoundValues } from "./found-values.js";
import { type Replacement, mayHoldText, replaceTexts } from "./json-texts.js";
import { knownValues } from "./known-values.js";
import { findSecrets, findSecretsInSteps } from "./secret-spans.js";
import { scanStep } from "./sign-scanner.js";
import { type Pause, runAtOnce, runInSteps } from "./steps.js";
import type { Piece } from "./text-stream.js";
import { REDACTED, replaceSpans, type Span } from "./span.js";
import { isSecretNumber, isWhollySecret } from "./whole-secret.js";
import { withhold } from "./withhold.js";
import { Work, findCost, lookCost, spend } from "./work.js";

/**
 * The least length of a key whose text is searched. What reads as a secret without a key in front of it is not
 * shorter.
 */
const keyMin = 16;

/** After how many values the others have their turn, as the value is measured. */
const valuesStep = 10_000;

/** A value without its secrets, and how many there were. */
export type Redacted<T> = { value: T; count: number };

/**
 * Gives a JSON value with `[REDACTED]` in place of every secret, and counts how many it took out; the given one stays as it is. It knows a secret
 * by the key that holds it, by its form in any text, and because it was found elsewhere in the same value. Of a value that
 * would cost more than {@link Work} allows, every text is withheld. It never fails.
 */
export function redact<T extends JsonValue>(value: T, work = new Work()): Redacted<T> {
  return runAtOnce(redactSteps(value, undefined, work));
}

/** Does the same as {@link redact}. A long value is searched in steps, between which `pause` is asked. */
export async function redactInSteps<T extends JsonValue>(value: T, pause: Pause): Promise<Redacted<T>> {
  return runInSteps(redactSteps(value), pause);
}

/**
 * The steps of {@link redactInSteps}, which may be a part of longer work. Of the value's text that is a piece of a stream, they also
 * take out what was found to go over the piece's edges.
 */
export function* redactSteps<T extends JsonValue>(
  value: T,
  piece?: Piece,
  work = new Work(),
): Generator<void, Redacted<T>> {
  const long = yield* longTextsOf(value, work);
  work.begin();
  work.takeUp();
  if (work.isOver) return yield* withhold(value);
  const found = new Map<string, Span[]>();
  for (const text of long) found.set(text, yield* findSecretsInSteps(text, work));
  const search = (text: string): Span[] => {
    if (text !== piece?.text) return found.get(text) ?? findSecrets(text, work);
    const isWhole = piece.cuts.some(({ start, end }) => start === 0 && end === text.length);
    return isWhole ? piece.cuts : [...piece.cuts, ...(found.get(text) ?? findSecrets(text, work))];
  };
  const redacted = yield* redactWith(value, search, work);
  return work.isOver ? yield* withhold(value) : redacted;
}

/**
 * The texts and keys of a value that each take longer than a step to search; the others are searched as the value is walked. All
 * of them count for what the work may cost.
 */
function* longTextsOf(root: JsonValue, work: Work): Generator<void, Set<string>> {
  const texts = new Set<string>();
  const keep = (text: string) => {
    work.allow(text.length);
    if (text.length > scanStep) texts.add(text);
  };
  const pending: (JsonObject | JsonValue[])[] = [];
  const measure = (value: JsonValue): void => {
    if (typeof value === "string") keep(value);
    else if (mayHoldText(value)) pending.push(value);
  };
  measure(root);
  let passed = 0;
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (Array.isArray(value)) {
      passed += value.length;
      work.hold(0);
      for (const child of value) measure(child);
    } else {
      const keys = Object.keys(value);
      passed += keys.length;
      work.hold(keys.length);
      for (const key of keys) {
        keep(key);
        measure(value[key] as JsonValue);
      }
    }
    passed += 1;
    if (passed < valuesStep) continue;
    passed = 0;
    yield;
  }
  return texts;
}

function* redactWith<T extends JsonValue>(
  value: T,
  search: (text: string) => Span[],
  work: Work,
): Generator<void, Redacted<T>> {
  const found = new FoundValues();
  let count = 0;
  const replace = (whole: string, replaced: { text: string; count: number }): string => {
    count += replaced.count;
    work.shorten(whole, replaced.text);
    return replaced.text;
  };
  const text = (whole: string, others?: readonly Span[]): string => {
    const spans = others === undefined ? search(whole) : [...search(whole), ...others];
    if (spans.length === 0 || work.isOver) return whole;
    for (const { start, end } of spans) {
      if (found.isFull) break;
      found.add(whole.slice(start, end));
    }
    return replace(whole, replaceSpans(whole, spans));
  };
  const isWhole = (leaf: string, kind: CredentialKind | undefined): boolean => {
    if (kind === undefined) return false;
    work.begin();
    const isSecret = isWhollySecret(leaf, kind);
    spend(isSecret ? findCost : lookCost);
    work.takeUp(isSecret ? 1 : 0);
    return isSecret;
  };
  const bySecret: Replacement = {
    withKinds: true,
    leaf: (leaf, kind, spans) => {
      if (work.isOver || (typeof leaf === "number" && !isSecretNumber(kind))) return leaf;
      if (!isWhole(String(leaf), kind)) return typeof leaf === "number" ? leaf : text(leaf, spans);
      found.add(String(leaf));
      return replace(String(leaf), { text: REDACTED, count: 1 });
    },
    key: (name) => (name.length < keyMin || work.isOver ? name : text(name)),
    list: (items, key, holder) =>
      work.isOver ? undefined : findInCommand(items, key, holder, (line) => findSecrets(line, work)),
  };
  const searched = yield* replaceTexts(value, bySecret);

  const known = work.isOver ? undefined : knownValues(found.telling, work);
  if (known === undefined) return { value: searched as T, count };
  const sibling = (whole: string) => replace(whole, known(whole));
  const rest = yield* replaceTexts(searched, {
    withKinds: false,
    leaf: (leaf) => (typeof leaf === "number" ? leaf : sibling(leaf)),
    key: sibling,
  });
  return { value: rest as T, count };
}

/** Does the same as {@link redact} for free text, such as a failure message or a reason. */
export function redactText(text: string): { text: string; count: number } {
  const { value, count } = redact(text);
  return { text: value, count };
}
