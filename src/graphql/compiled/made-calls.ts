import { LRUCache } from "lru-cache";
import { type Viewer, viewerKey } from "../../auth/viewer.js";
import type { Coerced } from "../engine/variables.js";
import type { Call } from "./call.js";

/** A call with the text of its statement. */
export interface MadeCall {
  call: Call;
  text: string;
}

/** How many characters of calls are kept, and how long the variables of one may be as JSON. */
const keptCharacters = 4_194_304;
const variablesLength = 2_048;

/** What a call takes beside its statement and its variables, about. */
const aroundCall = 2_048;

/**
 * The calls that were made last. Whoever asks for the same again, as an inbox does that is open, needs no statement made anew:
 * that took a fourth of the time of a page.
 */
export class MadeCalls {
  readonly #kept = new LRUCache<string, MadeCall>({
    maxSize: keptCharacters,
    sizeCalculation: ({ text }, key) => text.length + key.length + aroundCall,
  });

  /** What tells a call from all others; null for one that is not kept. The operation is told by its number. */
  keyOf(operation: number, variables: Coerced, viewer: Viewer): string | null {
    const given = JSON.stringify(variables);
    if (given.length > variablesLength) return null;
    return `${operation} ${given} ${[...viewer.scopes].join()} ${viewerKey(viewer)}`;
  }

  get(key: string): MadeCall | undefined {
    return this.#kept.get(key);
  }

  keep(key: string, made: MadeCall): void {
    if (made.call.isLasting) this.#kept.set(key, made);
  }
}
