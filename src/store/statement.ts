import { createHash } from "node:crypto";
import type pg from "pg";

/** A named prepared statement. Its first parameter is always the tenant. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What runs statements for one tenant: the pool, or an open transaction. */
export interface TenantClient {
  readonly tenantId: string;
  /** Runs the statement with the tenant as $1 and the values from $2 on. */
  rows<Row>(statement: Statement, ...values: unknown[]): Promise<Row[]>;
}

/** Makes a statement of its text, named by its content, so that each connection prepares it once. Throws where the text names no tenant. */
export function statement(text: string): Statement {
  if (!/\btenant_id\b/.test(text) || !text.includes("$1"))
    throw new Error(`A statement without a tenant: ${text}`);
  return { name: `s_${createHash("sha1").update(text).digest("hex").slice(0, 24)}`, text };
}

/** Runs statements for one tenant on a pool or a connection. */
export function createTenantClient(connection: pg.Pool | pg.ClientBase, tenantId: string): TenantClient {
  return {
    tenantId,
    async rows<Row>({ name, text }: Statement, ...values: unknown[]) {
      const result = await connection.query({ name, text, values: [tenantId, ...values] });
      return result.rows as Row[];
    },
  };
}
