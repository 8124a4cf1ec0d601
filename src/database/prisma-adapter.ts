// What Prisma's client reaches Postgres through: Prisma's adapter for pg, on connections that are in a transaction already. Instants come as the pool reads them, and every statement is prepared under a name of its own.
import { createHash } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import type { SqlDriverAdapter, SqlDriverAdapterFactory, Transaction } from "@prisma/driver-adapter-utils";
import pg from "pg";
import { readInstant, schemaOfPool } from "./pool.js";

const origin = { provider: "postgres", adapterName: "@prisma/adapter-pg" } as const;

/**
 * An adapter whose transactions are open before Prisma begins them: each is the one on the connection that `next` gives.
 * Prisma neither begins nor ends it in the database; once Prisma has closed it on its side, its statements are refused.
 */
export function createJoiningAdapter(pool: pg.Pool, next: () => pg.ClientBase): SqlDriverAdapterFactory {
  const outside = () => {
    throw new Error("a query of Prisma's outside of a transaction");
  };
  return {
    ...origin,
    connect: async () =>
      Object.assign(await connect(pool, outside), { startTransaction: () => join(pool, next()) }),
  };
}

async function join(pool: pg.Pool, connection: pg.ClientBase): Promise<Transaction> {
  let isOpen = true;
  const adapter = await connect(pool, () => {
    if (isOpen) return connection;
    throw new Error("a query of a transaction that has ended");
  });
  const close = async () => void (isOpen = false);
  return {
    ...origin,
    queryRaw: (query) => adapter.queryRaw(query),
    executeRaw: (query) => adapter.executeRaw(query),
    // Else Prisma would send COMMIT itself.
    options: { usePhantomQuery: true },
    commit: close,
    rollback: close,
  };
}

function connect(pool: pg.Pool, target: () => pg.ClientBase): Promise<SqlDriverAdapter> {
  const query = (config: pg.QueryConfig) => target().query({ ...config, types: withInstants(config.types) });
  // The adapter insists on a pool, and would listen to it once more for each client and transaction.
  const routed = Object.assign(Object.create(pool) as pg.Pool, { query, on() {}, removeListener() {} });
  const schema = schemaOfPool(pool);
  return new PrismaPg(routed, { statementNameGenerator, ...(schema === null ? {} : { schema }) }).connect();
}

function withInstants(types: pg.CustomTypesConfig | undefined): pg.CustomTypesConfig {
  const { getTypeParser } = types ?? pg.types;
  return {
    getTypeParser: ((oid: number, format?: "text" | "binary") =>
      oid === pg.types.builtins.TIMESTAMPTZ
        ? readInstant
        : getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
  };
}

function statementNameGenerator({ sql }: { sql: string }): string {
  return `prisma_${createHash("sha1").update(sql).digest("hex").slice(0, 24)}`;
}
