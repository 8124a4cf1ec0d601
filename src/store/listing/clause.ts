import type { Key } from "../../domain/cursor.js";
import { columnOf } from "../row.js";
import { type Statement, statement } from "../statement.js";
import type { Band, Condition, Listing } from "./listing.js";

type Named = Record<string, unknown>;

/** The statements of the texts that were sent before: hashing a text costs more than building it. There are as many as shapes. */
const prepared = new Map<string, Statement<unknown, Named>>();

/** The statement of a text that was built. */
export function prepare<Row>(text: string): Statement<Row, Named> {
  const made = prepared.get(text) ?? statement<unknown, Named>(text);
  prepared.set(text, made);
  return made as Statement<Row, Named>;
}

/** Between which keys rows lie: after and before one, or from and up to one, that one included. */
export interface Ends {
  after?: Key | null;
  from?: Key | null;
  before?: Key | null;
  upTo?: Key | null;
}

/** The SQL of one listing in the making, and the values of its parameters, which are named `p1` and so on. */
export class Clause {
  readonly values: Named = {};
  readonly #listing: Listing;
  #parameters = 0;

  constructor(listing: Listing) {
    this.#listing = listing;
  }

  /** A parameter. */
  value(value: unknown, type: string): string {
    return `${this.#name(value)}::${type}`;
  }

  /** A piece of SQL with its value's parameter in it. */
  piece({ sql, value }: Condition): string {
    return value === undefined ? sql : sql.replaceAll("?", this.#name(value));
  }

  #name(value: unknown): string {
    this.#parameters += 1;
    const name = `p${this.#parameters}`;
    this.values[name] = value;
    return `:${name}`;
  }

  /** The table and what its rows are joined to. */
  from(way: "ordered" | "whole"): string {
    const { table, join } = this.#listing;
    return join ? `${table} ${this.piece(join[way])}` : table;
  }

  /** The condition of the whole list, or of the rows of it that meet more. */
  where(more: readonly Condition[] = []): string {
    const { table, parentColumn, where } = this.#listing;
    return [
      `${table}.tenant_id = :tenantId`,
      ...(parentColumn === undefined ? [] : [`${table}.${parentColumn} = parent.id`]),
      ...[...where, ...more].map((condition) => this.piece(condition)),
    ].join(" AND ");
  }

  /** The bands that have rows between the ends, in order, each with its condition. A list without bands is one. */
  bands(ends: Ends): { band: number; where: string; skip: Band["skip"] }[] {
    const { bands } = this.#listing;
    const sides = [
      { key: ends.after ?? ends.from, operator: ends.after ? ">" : ">=" },
      { key: ends.before ?? ends.upTo, operator: ends.before ? "<" : "<=" },
    ] as const;
    const all: readonly Band[] = bands ?? [{ where: [] }];
    return all.flatMap(({ where: more, skip }, band) => {
      const keysets: [Key, Side][] = [];
      for (const { key, operator } of sides) {
        if (!key) continue;
        const keyBand = bands ? Number(key[0]) : 0;
        const isLater = operator.startsWith(">") ? band > keyBand : band < keyBand;
        if (band !== keyBand && !isLater) return [];
        if (band === keyBand) keysets.push([bands ? key.slice(1) : key, operator]);
      }
      const where = [this.where(more), ...keysets.map(([key, side]) => this.#keyset(key, side))];
      return [{ band, where: where.join(" AND "), skip }];
    });
  }

  /** The rows that lie on one side of a key in the list's own order: in a descending list, later means smaller. */
  #keyset(key: Key, side: Side): string {
    const { table, order, direction } = this.#listing;
    const flipped = side.replace(/[<>]/, (sign) => (sign === "<" ? ">" : "<"));
    const columns = order.map(({ field }) => `${table}.${columnOf(field)}`).join(", ");
    const values = order.map(({ type }, index) => this.value(key[index], type)).join(", ");
    return `(${columns}) ${direction === "asc" ? side : flipped} (${values})`;
  }
}

type Side = "<" | ">" | "<=" | ">=";
