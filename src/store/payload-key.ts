import { randomBytes } from "node:crypto";
import type pg from "pg";
import { payloadKeyBytes } from "../domain/idempotency.js";
import { runStatement, statementOverTenants } from "./statement.js";

const secretName = "payload-hash";

/** Whoever comes first gives the key; the others read it. */
const insertKey = statementOverTenants<never, { name: string; value: Buffer }>(`
INSERT INTO service_secret (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING`);

const selectKey = statementOverTenants<{ value: Buffer }, { name: string }>(`
SELECT value FROM service_secret WHERE name = :name`);

/** The key by which what callers send is hashed: 256 random bits that the database keeps, the same for all nodes. */
export class PayloadKey {
  readonly #pool: pg.Pool;
  #read: Promise<Uint8Array> | undefined;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The key, which is read once and kept. Rejects while the database does not answer; the next call asks again. */
  read(): Promise<Uint8Array> {
    this.#read ??= this.#find().catch((error: unknown) => {
      this.#read = undefined;
      throw error;
    });
    return this.#read;
  }

  async #find(): Promise<Uint8Array> {
    const found = await this.#select();
    if (found) return found;
    await runStatement(this.#pool, insertKey, { name: secretName, value: randomBytes(payloadKeyBytes) });
    const made = await this.#select();
    if (!made) throw new Error("the key of payload hashes was not stored");
    return made;
  }

  async #select(): Promise<Uint8Array | undefined> {
    const [row] = await runStatement(this.#pool, selectKey, { name: secretName });
    return row?.value;
  }
}
