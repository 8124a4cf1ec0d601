// What the schema engine reaches Postgres through: Prisma's adapter for pg, with two repairs.
// A script goes to Postgres as it is. The original cuts it at every ";", which breaks function bodies, and sends the
// pieces one by one, which leaves half a migration behind when one fails; sent whole it is one transaction.
// And the catalogue's one-byte type "char" is read as a character. The original refuses it, and as text it makes the
// engine panic over the NOT NULL constraints that Postgres 18 lists.
import { PrismaPg } from "@prisma/adapter-pg";
import {
  ColumnTypeEnum,
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import pg from "pg";

/** What the engine may reach, and who hears of refused scripts. */
export interface EngineAdapterOptions {
  /** An empty database in which the engine may play migrations. Default: none, and the engine fails when it needs one. */
  shadow?: pg.Pool;
  /** Called with Postgres's own words when it refused, and so undid, a script. Not called when the connection was lost. */
  onRefusedScript?: (message: string) => void;
}

/** An adapter on `pool` for the schema engine. The pools stay the caller's to end. */
export function createEngineAdapter(
  pool: pg.Pool,
  options: EngineAdapterOptions = {},
): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: () => connect(pool, options),
    connectToShadowDb: async () => {
      if (options.shadow === undefined) throw new Error("no shadow database was given");
      return connect(options.shadow, options);
    },
  };
}

async function connect(pool: pg.Pool, options: EngineAdapterOptions): Promise<SqlDriverAdapter> {
  const charColumns = new WeakMap<unknown[], number[]>();
  const adapter = await new PrismaPg(disguiseChar(pool, charColumns)).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const column of charColumns.get(result.rows) ?? []) {
      result.columnTypes[column] = ColumnTypeEnum.Character;
    }
    return result;
  };
  adapter.executeScript = async (script) => {
    try {
      // Without arguments pg speaks the simple protocol, which takes any number of statements.
      await adapter.executeRaw({ sql: script, args: [], argTypes: [] });
    } catch (error) {
      // Only an error that came from Postgres carries its words.
      const message = isDriverAdapterError(error) ? error.cause.originalMessage : undefined;
      if (message !== undefined) options.onRefusedScript?.(message);
      throw error;
    }
  };
  return adapter;
}

/** The same pool, but "char" columns call themselves text; which they were is kept in `charColumns` by the rows. */
function disguiseChar(pool: pg.Pool, charColumns: WeakMap<unknown[], number[]>): pg.Pool {
  const { CHAR, TEXT } = pg.types.builtins;
  const query = async (config: pg.QueryConfig): Promise<pg.QueryResult> => {
    const result = await pool.query(config);
    // A script of several statements has several results.
    for (const { fields, rows } of [result].flat()) {
      const columns = [...fields.keys()].filter((column) => fields[column]!.dataTypeID === CHAR);
      for (const column of columns) fields[column]!.dataTypeID = TEXT;
      if (columns.length > 0) charColumns.set(rows, columns);
    }
    return result;
  };
  return Object.assign(Object.create(pool) as pg.Pool, { query });
}
