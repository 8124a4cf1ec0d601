import { LRUCache } from "lru-cache";
import { connectionLifeMs } from "../../database/pool.js";
import { type Statement, statement } from "../statement.js";

/** Of how many texts the statement is kept: hashing a text costs more than building it. */
const keptStatements = 1_000;

/**
 * How many of them each connection may prepare. There are thousands of shapes of lists, and a prepared one takes some 40 KB of
 * each connection's memory. What is beyond is planned each time.
 */
const namedStatements = 200;

type Named = Record<string, unknown>;

/** The statements of texts that were built, of which so many have names and no more. */
export class PreparedStatements {
  readonly #kept = new LRUCache<string, Statement<unknown, Named>>({ max: keptStatements });
  readonly #named = new Set<string>();
  #since = -Infinity;

  /** Makes the statement of a text that was built, or finds the one that was made of it before. */
  prepare<Row>(text: string): Statement<Row, Named> {
    let made = this.#kept.get(text);
    if (!made) {
      made = statement<unknown, Named>(text);
      this.#kept.set(text, made);
    }
    return (this.#mayName(made) ? made : { ...made, name: undefined }) as Statement<Row, Named>;
  }

  /** Begins anew once no connection lives that knows the names given before: so none knows more than twice as many. */
  #mayName({ name = "" }: Statement<unknown, Named>): boolean {
    const now = performance.now();
    if (now - this.#since > connectionLifeMs) {
      this.#named.clear();
      this.#since = now;
    }
    if (this.#named.size < namedStatements) this.#named.add(name);
    return this.#named.has(name);
  }
}
