// The schema engine reaches Postgres through Prisma's adapter for pg, which has two repairs here. First, a script goes
// to Postgres as it is. The original cuts it at every ";", which breaks function bodies. It sends the pieces one by
// one, so half a migration is left behind if one fails. Sent whole, a script is one transaction. Second, the
// catalogue's one-byte type "char" is read as a character. The original refuses it. Read as text, it makes the engine
// panic over the NOT NULL constraints that Postgres 18 lists.
import { PrismaPg } from "@prisma/adapter-pg";
import {
  ColumnTypeEnum,
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import pg from "pg";

/** The shadow database that the engine may use, and the listener for refused scripts. */
export interface EngineAdapterOptions {
  /** Where the tables are. Default or null: where Postgres looks by itself. */
  schema?: string | null;
  /**
   * An empty database in which the engine may play migrations. Default: none, and the engine fails when it needs one.
   */
  shadow?: pg.Pool;
  /**
   * Is called with Postgres's own words if it refused a script, and so undid it. Not called if the connection was
   * lost.
   */
  onRefusedScript?: (message: string) => void;
}

/** Makes an adapter on `pool` for the schema engine. The caller ends the pools. */
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
  const adapter = await new PrismaPg(
    disguiseChar(pool, charColumns),
    options.schema ? { schema: options.schema } : {},
  ).connect();
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

/**
 * Gives the same pool, but with "char" columns disguised as text. `charColumns` keeps, by the rows, which they were.
 */
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
