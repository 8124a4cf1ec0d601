import { isPlaceholder } from "./placeholder.js";
import { isPlainWord } from "./plain-word.js";
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

  /** Judges no value twice, and none once it has {@link valuesMax}. */
  add(value: string): void {
    if (value.length < lengthMin || this.telling.size >= valuesMax) return;
    if (this.#judged.size >= judgedMax || this.#judged.has(value)) return;
    this.#judged.add(value);
    const trimmed = value.trim();
    if (isTelling(trimmed)) this.telling.add(trimmed);
    const bare = trimmed.replace(scheme, "");
    if (bare !== trimmed && isTelling(bare)) this.telling.add(bare);
  }
}

function isTelling(value: string): boolean {
  if (value.length < lengthMin || value.length > lengthMax) return false;
  if (value.length < 16 && /^[A-Za-z\s]*$/.test(value)) return false;
  if (value.length < 12 && /^[\d\s.:-]*$/.test(value)) return false;
  if (/^(?:\.{0,2}|~)\/(?:[\w.-]+\/)*[\w.-]*$/.test(value)) return false;
  return hasSeveral(value) && !isPlaceholder(value) && !isPlainWord(value) && !value.includes(REDACTED);
}

/** Whether at least {@link charactersMin} different characters stand in it. */
function hasSeveral(value: string): boolean {
  let seen = "";
  for (const character of value) {
    if (seen.includes(character)) continue;
    seen += character;
    if (seen.length >= charactersMin) return true;
  }
  return false;
}
