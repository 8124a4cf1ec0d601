import type { Key } from "../../domain/cursor.js";
import { columnOf } from "../row.js";
import type { Statement } from "../statement.js";
import type { Band, Condition, Listing, Skip } from "./listing.js";
import { PreparedStatements } from "./prepared.js";

type Named = Record<string, unknown>;

const prepared = new PreparedStatements();

/** Makes the statement of a text that was built, or finds the one that was made of it before. */
export function prepare<Row>(text: string): Statement<Row, Named> {
  return prepared.prepare(text);
}

/**
 * The keys between which rows lie. `after` and `before` leave the row of the key itself out, `from` and `upTo`
 * include it.
 */
export interface Ends {
  after?: Key | null;
  from?: Key | null;
  before?: Key | null;
  upTo?: Key | null;
}

/** How rows are read: in the list's order, or as it is the fastest over all of them. */
type Way = "ordered" | "whole";

/** Builds the SQL of one listing, and collects the values of its parameters, which it names by a prefix and a number: `p1`, `p2` and so on. */
export class Clause {
  readonly values: Named = {};
  readonly #listing: Listing;
  readonly #prefix: string;
  #parameters = 0;

  /** Where several clauses are parts of one statement, each has a prefix of its own. */
  constructor(listing: Listing, prefix = "p") {
    this.#listing = listing;
    this.#prefix = prefix;
  }

  /** Adds a parameter of this type and gives its SQL. */
  value(value: unknown, type: string): string {
    return `${this.#name(value)}::${type}`;
  }

  /** Gives a condition's SQL with the parameter of its value in it, for rows that are read in the list's order, or at once. */
  piece({ sql, value, inOrder = sql }: Condition, way: Way = "whole"): string {
    const text = way === "ordered" ? inOrder : sql;
    return value === undefined ? text : text.replaceAll("?", this.#name(value));
  }

  #name(value: unknown): string {
    this.#parameters += 1;
    const name = `${this.#prefix}${this.#parameters}`;
    this.values[name] = value;
    return `:${name}`;
  }

  /** Gives the table and what its rows are joined to, in the list's order or as a whole. */
  from(way: Way): string {
    const { table, join } = this.#listing;
    return join ? `${table} ${this.piece(join[way])}` : table;
  }

  /** Gives the condition that the list's rows meet, together with more conditions; for rows that are read in the list's order, or at once. */
  where(more: readonly Condition[] = [], way: Way = "whole"): string {
    const { table, parentColumn, parentCondition, where } = this.#listing;
    return [
      `${table}.tenant_id = :tenantId`,
      ...(parentColumn === undefined ? [] : [`${table}.${parentColumn} = parent.id`]),
      ...(parentCondition === undefined ? [] : [parentCondition]),
      ...[...where, ...more].map((condition) => this.piece(condition, way)),
    ].join(" AND ");
  }

  /**
   * Gives the bands that can have rows between the ends, in their order, each with the conditions of its branches: of one, or
   * of one for each alternative of the list. A list without bands counts as one band.
   */
  bands(ends: Ends): { band: number; branches: Branch[] }[] {
    const { bands, alternatives = [{ where: [] }] } = this.#listing;
    const all: readonly Band[] = bands ?? [{ where: [] }];
    return all.flatMap((each, band) => {
      const keysets: [Key, Side][] = [];
      for (const { key, operator } of sidesOf(ends)) {
        const keyBand = bands ? Number(key[0]) : 0;
        const isLater = operator.startsWith(">") ? band > keyBand : band < keyBand;
        if (band !== keyBand && !isLater) return [];
        if (band === keyBand) keysets.push([bands ? key.slice(1) : key, operator]);
      }
      const more = [...each.where, ...(each.opens ? [each.opens] : [])];
      const branches = alternatives.map(({ where, skip = each.skip }) => {
        const listed = this.where([...more, ...where], "ordered");
        const between = (reach?: Reach) =>
          [listed, ...keysets.map(([key, side]) => this.#keyset(key, side, reach))].join(" AND ");
        return { where: between(), within: between, skip, ...this.#stretchOf(keysets) };
      });
      return [{ band, branches }];
    });
  }

  /** Gives the SQL of the number of a row's band, and the condition of rows between the ends by it and the list's order. */
  bandOfRow(ends: Ends): { band: string; where: string } {
    const { bands } = this.#listing;
    const band = bands
      ? `CASE ${bands.map(({ where }, number) => `WHEN ${where.map((each) => this.piece(each)).join(" AND ") || "true"} THEN ${number}`).join(" ")} END`
      : "0";
    const sides = sidesOf(ends).map(({ key, operator }) => {
      if (!bands) return this.#keyset(key, operator);
      const keyBand = this.value(key[0], "int");
      return `(band.number ${operator[0]} ${keyBand} OR band.number = ${keyBand} AND ${this.#keyset(key.slice(1), operator)})`;
    });
    return { band, where: sides.map((side) => ` AND ${side}`).join("") };
  }

  /** Between which instants the rows of a list by a time lie, as far as the keys say so. */
  #stretchOf(keysets: readonly [Key, Side][]): Pick<Branch, "low" | "high"> {
    if (this.#listing.order[0]?.type !== "timestamptz") return {};
    const ends = keysets.map(([key, side]) => [
      side.startsWith(">") ? "high" : "low",
      this.value(key[0], "timestamptz"),
    ]);
    return Object.fromEntries(ends) as Pick<Branch, "low" | "high">;
  }

  /**
   * The condition of rows on one side of a key in the list's order. In a descending list, later rows have smaller
   * keys. With a reach, of a list by a time, the key is no further from the rows than that.
   */
  #keyset(key: Key, side: Side, reach?: Reach): string {
    const { table, order, direction } = this.#listing;
    const flipped = side.replace(/[<>]/, (sign) => (sign === "<" ? ">" : "<"));
    const sign = direction === "asc" ? side : flipped;
    const columns = order.map(({ field }) => `${table}.${columnOf(field)}`).join(", ");
    const [first = "", ...rest] = order.map(({ type }, index) => this.value(key[index], type));
    const reachable = (limit: Reach) =>
      sign.startsWith("<") ? `least(${limit.high}, ${first})` : `greatest(${limit.low}, ${first})`;
    return `(${columns}) ${sign} (${[reach ? reachable(reach) : first, ...rest].join(", ")})`;
  }
}

type Side = "<" | ">" | "<=" | ">=";

/** The SQL of the instants that lie just before and just behind the rows that are read. */
export interface Reach {
  low: string;
  high: string;
}

/** Rows that are read along one index. */
export interface Branch {
  where: string;
  /** The same for rows of a part of the index alone: their index is read from there on, and not from a key that lies far from them. */
  within: (reach: Reach) => string;
  skip: Skip | undefined;
  /** The latest and the earliest instant of the rows by the first field of the order, where the ends say it. */
  high?: string;
  low?: string;
}

function sidesOf(ends: Ends): { key: Key; operator: Side }[] {
  const sides = [
    { key: ends.after ?? ends.from, operator: ends.after ? ">" : ">=" },
    { key: ends.before ?? ends.upTo, operator: ends.before ? "<" : "<=" },
  ] as const;
  return sides.flatMap(({ key, operator }) => (key ? [{ key, operator }] : []));
}
