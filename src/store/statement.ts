import { createHash } from "node:crypto";
import type { Writable } from "node:stream";
import type pg from "pg";

/** A prepared statement that takes the values of `Given` by their names and gives rows of `Row`. */
export interface Statement<Row, Given extends object = {}> {
  /** Under which each connection keeps it prepared; undefined where none does. */
  readonly name: string | undefined;
  /** The text as Postgres reads it, with `$1` and so on for the names. */
  readonly text: string;
  /** The names of the parameters in the order of their numbers. */
  readonly parameters: readonly string[];
  /** Never has a value. It carries the types for the compiler. */
  readonly types?: (given: Given) => Row;
}

/** The arguments that give a statement its values. There are none if the statement has no parameters of its own. */
export type Values<Given extends object> = [keyof Given] extends [never] ? [] : [given: Given];

/** Runs statements for one tenant, on the pool or in an open transaction. */
export interface TenantClient {
  readonly tenantId: string;
  /** Runs the statement for the tenant and gives its rows. Throws if a parameter is undefined: null is a value. */
  rows<Row, Given extends object>(statement: Statement<Row, Given>, ...values: Values<Given>): Promise<Row[]>;
}

/** What is looked for by the clock: so many at most, and none of those that cannot be dealt with now. */
export type DueSearch = { limit: number; failing: readonly string[] };

/** A parameter: a colon and a name. Two colons are a cast and not a parameter. */
const parameter = /(?<![:\w]):([a-z]\w*)/gi;

/**
 * Makes a statement of a text in which `:name` stands for the value of that name, and `:tenantId` for the client's
 * tenant. It is named by its content, so that each connection prepares it once. Throws if the text names no tenant.
 */
export function statement<Row, Given extends object = {}>(text: string): Statement<Row, Given> {
  if (!/\btenant_id\b/.test(text) || !/:tenantId\b/.test(text))
    throw new Error(`A statement without a tenant: ${text}`);
  return numbered(text);
}

/** Makes a statement that reads over all tenants. Only the service's own work may use one, never a caller's. */
export function statementOverTenants<Row, Given extends object = {}>(text: string): Statement<Row, Given> {
  return numbered(text);
}

function numbered<Row, Given extends object>(text: string): Statement<Row, Given> {
  const parameters: string[] = [];
  const sent = text.replaceAll(parameter, (_all, name: string) => {
    if (!parameters.includes(name)) parameters.push(name);
    return `$${parameters.indexOf(name) + 1}`;
  });
  const hash = createHash("sha1").update(sent).digest("hex");
  return { name: `s_${hash.slice(0, 24)}`, text: sent, parameters };
}

/** Runs a statement on a pool or a connection and gives its rows, their values read by `types`, or as the pool does. Throws if a parameter is undefined. */
export async function runStatement<Row, Given extends object>(
  connection: pg.Pool | pg.ClientBase,
  { name, text, parameters }: Statement<Row, Given>,
  given: Given,
  types?: pg.CustomTypesConfig,
): Promise<Row[]> {
  const values = parameters.map((parameter) => {
    const value = (given as Record<string, unknown>)[parameter];
    if (value === undefined) throw new Error(`:${parameter} is not given to ${text}`);
    return value;
  });
  const named = name === undefined ? {} : { name };
  const result = await connection.query({ ...named, ...(types && { types }), text, values });
  return result.rows as Row[];
}

/** Makes a client that runs statements for one tenant on a pool or a connection. */
export function createTenantClient(connection: pg.Pool | pg.ClientBase, tenantId: string): TenantClient {
  return {
    tenantId,
    rows: (statement, ...[given]) => runStatement(connection, statement, { ...given!, tenantId }),
  };
}

/** Sends what `begin` asks a connection for at once: each statement is a write to the socket of its own otherwise, which costs as much as all else that is done here for one. */
export function inOnePiece<Result>(connection: pg.ClientBase, begin: () => Result): Result {
  const { stream } = (connection as pg.ClientBase & { connection: { stream: Writable } }).connection;
  stream.cork();
  try {
    return begin();
  } finally {
    stream.uncork();
  }
}

/** Gives the one row of a statement that has written it. */
export async function writtenRow<Row>(written: Promise<Row[]>): Promise<Row> {
  const [row] = await written;
  if (!row) throw new Error("a row that was written was not returned");
  return row;
}

/**
 * The SQL of whether a look-up finds a row, for each row that asks. What EXISTS asks may be worked out of a whole table instead, once for
 * all, by a plan that seemed cheap when that table was small. Where many rows may be expected, the order of an index, by what the
 * look-up leaves open, keeps the table from being read from its start.
 */
export function findsAny(fromWhere: string, order?: string): string {
  return `coalesce((SELECT true ${fromWhere}${order === undefined ? "" : ` ORDER BY ${order}`} LIMIT 1), false)`;
}
