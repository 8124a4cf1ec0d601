import type pg from "pg";
import { type TenantClient, createTenantClient, inOnePiece } from "./statement.js";

/** How many share a connection at most: each waits for those before it. */
const mostAtOnce = 16;

/** A look-up that waits for its connection. */
interface Waiting {
  /** Sends it, and tells whoever asked what comes of it. */
  begin: (connection: pg.ClientBase) => Promise<unknown>;
  fail: (error: unknown) => void;
}

/**
 * Statements that read a row or a few by their keys. Those that begin in one turn of the event loop share a connection and are sent
 * at once: to send such a statement, and to wake the process of the database that answers it, takes longer than to answer it.
 */
export class Lookups {
  readonly #pool: pg.Pool;
  #waiting: Waiting[] = [];

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** What runs such statements for one tenant. */
  tenant(tenantId: string): TenantClient {
    return {
      tenantId,
      rows: (...asked) =>
        new Promise((resolve, reject) => {
          const begin = (connection: pg.ClientBase) => {
            const rows = createTenantClient(connection, tenantId).rows(...asked);
            rows.then(resolve, reject);
            return rows;
          };
          if (this.#waiting.push({ begin, fail: reject }) === 1) setImmediate(() => this.#send());
        }),
    };
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; from += mostAtOnce)
      void this.#sendTogether(waiting.slice(from, from + mostAtOnce));
  }

  async #sendTogether(lookups: readonly Waiting[]): Promise<void> {
    let connection: pg.PoolClient;
    try {
      connection = await this.#pool.connect();
    } catch (error) {
      for (const { fail } of lookups) fail(error);
      return;
    }
    const begun = inOnePiece(connection, () => lookups.map(({ begin }) => begin(connection)));
    const ends = await Promise.allSettled(begun);
    // As a pool does: a connection on which something failed is not lent out again.
    connection.release(ends.some(({ status }) => status === "rejected"));
  }
}
