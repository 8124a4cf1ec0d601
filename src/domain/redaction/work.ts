// What redaction costs is counted, so that it has a bound whatever the text holds: where a finder looks, what is tried there and
// what is found. A unit is about 60 ns. What only passes over the text is not counted. The count depends on nothing but the
// payload, so the same payload is always redacted in the same way.

/**
 * How many units a payload of so many characters may cost. No text of less than some thousand characters costs as much as the
 * first line has it begin with; 100,000 characters may cost 57,000 units by either line, which take about 5 ms. A
 * file of some hundred secrets costs a third of what it may, and ordinary text of any length less than that.
 */
function allowedFor(characters: number): number {
  return Math.floor(Math.max(24_000 + 0.33 * characters, 0.57 * characters));
}

/** No more is left to do where a secret was found, when what is left is redacted again: it is looked at, and its mark passed over. */
const markCost = 16;

/** What a look costs that goes no further, and what a secret costs that is found: it is judged once more, and cut out. */
export const lookCost = 1;
export const findCost = 8;

/** What JSON writes around a text, and around an array or object. */
const aroundText = 3;
const aroundContainer = 2;

/** What an array or object costs that is walked and copied, and each key of it. */
const containerCost = 2;
const keyCost = 1;

let counted = 0;

/** Counts units; the {@link Work} that they belong to takes them up. */
export function spend(units: number): void {
  counted += units;
}

/** Counts what it costs to read so many characters once more. */
export function spendReading(characters: number): void {
  counted += 2 + (characters >> 6);
}

/**
 * The work on one payload, whose strings share what it may cost. What is left of a payload once it was redacted never costs more
 * than it may, so that it stays as it is when it is redacted again.
 */
export class Work {
  #characters = 0;
  #lost = 0;
  #spent = 0;
  #spentAgain = 0;
  #isOver = false;
  #allowed = allowedFor(0);
  #allowedAgain = allowedFor(0);

  /** Whether it has cost more than it may. What is left of it needs not be done: the whole is withheld. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many units it has cost. */
  get spent(): number {
    return this.#spent;
  }

  /** How many units it may cost. */
  get allowed(): number {
    return this.#allowed;
  }

  /** Adds a text of this many characters to the payload, before any work is done on it. */
  allow(characters: number): void {
    this.#characters += characters + aroundText;
    this.#allowed = allowedFor(this.#characters);
    this.#allowedAgain = this.#allowed;
  }

  /** Adds an array or an object with this many keys, before any work is done on the payload. */
  hold(keys: number): void {
    this.#characters += aroundContainer;
    this.#allowed = allowedFor(this.#characters);
    this.#allowedAgain = this.#allowed;
    const cost = containerCost + keys * keyCost;
    this.#spent += cost;
    this.#spentAgain += cost;
  }

  /** Tells what a text has lost with its secrets: it allows for nothing when it is redacted again. */
  shorten(whole: string, replaced: string): void {
    if (replaced.length >= whole.length) return;
    this.#lost += whole.length - replaced.length;
    this.#allowedAgain = allowedFor(this.#characters - this.#lost);
    this.#judge();
  }

  /** Forgets what others have counted. */
  begin(): void {
    counted = 0;
  }

  /** Takes up what was counted since it began, or took up last; `found` says how many secrets it was for, which are no longer there. */
  takeUp(found = 0): void {
    this.#spent += counted;
    this.#spentAgain += found === 0 ? counted : Math.min(counted, found * markCost);
    counted = 0;
    this.#judge();
  }

  #judge(): void {
    if (this.#spent > this.#allowed || this.#spentAgain > this.#allowedAgain) this.#isOver = true;
  }
}
