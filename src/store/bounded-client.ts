import pg from "pg";
import { type Statement, type TenantClient, type Values, runStatement } from "./statement.js";

/** The types of what can be long: text, its kinds and lists, and JSON. */
const long: ReadonlySet<number> = new Set([25, 1_043, 1_009, 114, 3_802]);

/** How much is read. */
export interface ReadBound {
  /** How many characters of texts and JSON are read at most. */
  most: number;
  /** Makes the error of what reads more. */
  refusal: () => Error;
}

/**
 * Reads a tenant's rows up to so many characters of texts and JSON in all, over all its statements. Who reads on is refused at that row:
 * its connection is ended, so that the rest neither comes nor is made.
 */
export class BoundedClient implements TenantClient {
  readonly tenantId: string;
  readonly #pool: pg.Pool;
  readonly #bound: ReadBound;
  #left: number;

  constructor({ pool, tenantId }: { pool: pg.Pool; tenantId: string }, bound: ReadBound) {
    this.tenantId = tenantId;
    this.#pool = pool;
    this.#bound = bound;
    this.#left = bound.most;
  }

  /** Lets as much be read as at the beginning. */
  renew(): void {
    this.#left = this.#bound.most;
  }

  async rows<Row, Given extends object>(
    statement: Statement<Row, Given>,
    ...[given]: Values<Given>
  ): Promise<Row[]> {
    if (this.#left < 0) throw this.#bound.refusal();
    const connection = await this.#pool.connect();
    let isHeld = true;
    const release = (error?: Error) => {
      if (isHeld) connection.release(error);
      isHeld = false;
    };
    try {
      const types = this.#counting((error) => queueMicrotask(() => release(error)));
      const rows = await runStatement(connection, statement, { ...given!, tenantId: this.tenantId }, types);
      release();
      return rows;
    } catch (error) {
      release(error as Error);
      throw error;
    }
  }

  /** Reads values as the pool does, and counts those that can be long. */
  #counting(onBeyond: (error: Error) => void): pg.CustomTypesConfig {
    const types = this.#pool.options.types ?? pg.types;
    const getTypeParser = (oid: number, format?: "text" | "binary") => {
      const read = types.getTypeParser(oid, format) as (text: string) => unknown;
      if (!long.has(oid)) return read;
      return (text: string) => {
        this.#left -= text.length;
        if (this.#left >= 0) return read(text);
        const error = this.#bound.refusal();
        onBeyond(error);
        throw error;
      };
    };
    return { getTypeParser: getTypeParser as typeof pg.types.getTypeParser };
  }
}
