import { NotCompiled } from "./not-compiled.js";
import type { Columns } from "../../store/row.js";
import type { Call } from "./call.js";
import type { Sql } from "./sql.js";

/** The rows of one place in an answer, of which the columns are collected that the answer needs. */
export class Rows {
  readonly alias: string;
  /** Whether they are those of a page, which its list joins. */
  readonly page: boolean;
  /** Whether what is read of them needs a join. */
  needsJoin = false;
  #columns: Columns;
  #join: Sql | null = null;
  #list: string | undefined;
  readonly #names = new Map<string, string>();

  constructor(alias: string, columns: Columns, { page = false } = {}) {
    this.alias = alias;
    this.page = page;
    this.#columns = columns;
  }

  /** A value of the row: SQL over its table is read beside it. Gives the SQL that names it outside. */
  value(sql: string): string {
    const name = this.#names.get(sql) ?? `c${this.#names.size}`;
    this.#names.set(sql, name);
    return `${this.alias}.${name}`;
  }

  /** A column by the name of its field. */
  column(field: string): string {
    const sql = this.#columns[field];
    if (sql === undefined) throw new NotCompiled();
    return this.value(sql);
  }

  /** Joins the rows, which have these columns too then. Those of a page are joined by their list. */
  join(sql: (call: Call) => string, columns: Columns): void {
    this.needsJoin = true;
    if (!this.page) this.#join ??= [sql];
    this.#columns = { ...this.#columns, ...columns };
  }

  /** What the table is joined to. */
  get joins(): Sql {
    return this.#join ?? [];
  }

  /** The select list of what is needed of the row. */
  get list(): string {
    // Once it is asked for, nothing is added.
    this.#list ??= [...this.#names].map(([sql, name]) => `${sql} AS ${name}`).join(", ") || "1 AS one";
    return this.#list;
  }
}
