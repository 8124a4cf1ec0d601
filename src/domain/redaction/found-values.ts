import { isPlaceholder } from "./placeholder.js";
import { isPlainWord } from "./plain-word.js";
import { shape, shapeOf } from "./shape.js";
import { REDACTED } from "./span.js";

/** How many values of one payload are looked for in the rest of it; the first that were found. */
const valuesMax = 256;
/** How many different values of one payload are judged. */
const judgedMax = 1024;
/** What is shorter is in too many texts. */
export const lengthMin = 8;
const lengthMax = 4096;
/** Of fewer different characters nothing is made that is worth looking for. */
const charactersMin = 5;

const scheme = /^(?:bearer|basic|token)\s+/i;

/** Keeps of what was found in a payload what is worth looking for in the rest of it. */
export class FoundValues {
  readonly #judged = new Set<string>();
  readonly telling = new Set<string>();

  /** Whether it takes no more. */
  get isFull(): boolean {
    return this.telling.size >= valuesMax || this.#judged.size >= judgedMax;
  }

  /** Judges no value twice, and none once it {@link isFull}. */
  add(value: string): void {
    if (value.length < lengthMin || this.isFull || this.#judged.has(value)) return;
    this.#judged.add(value);
    const trimmed = value.trim();
    if (isTelling(trimmed)) this.telling.add(trimmed);
    const bare = trimmed.replace(scheme, "");
    if (bare !== trimmed && isTelling(bare)) this.telling.add(bare);
  }
}

function isTelling(value: string): boolean {
  if (value.length < lengthMin || value.length > lengthMax) return false;
  const bits = shapeOf(value);
  if (value.length < 16 && (bits & shape.digit) === 0 && /^[A-Za-z\s]*$/.test(value)) return false;
  if (value.length < 12 && (bits & letters) === 0 && /^[\d\s.:-]*$/.test(value)) return false;
  if ((bits & shape.path) !== 0 && /^(?:\.{0,2}|~)\/(?:[\w.-]+\/)*[\w.-]*$/.test(value)) return false;
  return (
    hasSeveral(value) && !isPlaceholder(value, bits) && !isPlainWord(value, bits) && !value.includes(REDACTED)
  );
}

const letters = shape.lower | shape.upper;

/** Whether at least {@link charactersMin} different characters stand in it. */
function hasSeveral(value: string): boolean {
  const seen: string[] = [];
  for (let i = 0; i < value.length && seen.length < charactersMin; i += 1) {
    const character = value[i] as string;
    if (!seen.includes(character)) seen.push(character);
  }
  return seen.length >= charactersMin;
}
