import type { JsonValue } from "../json-value.js";
import { lengthMin } from "./found-values.js";
import { replaceTexts } from "./json-texts.js";
import { REDACTED } from "./span.js";
import { isSecretNumber, isWhollySecret } from "./whole-secret.js";

/** What a key may be that stays: the names of most fields are. No value that is looked for is made of so few letters alone. */
const plainKey = /^[A-Za-z]{1,15}$/;

/**
 * Gives a value with `[REDACTED]` in place of each text that may hold a secret, without looking at it: what is short, or a key
 * that is one plain word, stays.
 */
export function* withhold<T extends JsonValue>(value: T): Generator<void, { value: T; count: number }> {
  let count = 0;
  const mark = (): string => {
    count += 1;
    return REDACTED;
  };
  const copy = yield* replaceTexts(value, {
    withKinds: true,
    leaf: (leaf, kind) => {
      if (typeof leaf === "number")
        return isSecretNumber(kind) && isWhollySecret(String(leaf), kind) ? mark() : leaf;
      if (leaf === REDACTED) return leaf;
      return leaf.length >= lengthMin || isWhollySecret(leaf, kind) ? mark() : leaf;
    },
    key: (name) => (name.length < lengthMin || plainKey.test(name) ? name : mark()),
  });
  return { value: copy as T, count };
}
