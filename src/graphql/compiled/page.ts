import {
  type GraphQLCompositeType,
  type SelectionSetNode,
  getNamedType,
  isCompositeType,
  isObjectType,
} from "graphql";
import { decodeCursor } from "../../domain/cursor.js";
import { pageSpan } from "../../domain/page.js";
import { Clause } from "../../store/listing/clause.js";
import { type Listing, keyShape, scopeOf, wholeTenant } from "../../store/listing/listing.js";
import { findFew } from "../../store/listing/narrow.js";
import { emptyWindow, windowOf } from "../../store/listing/parts.js";
import { columnsOf, selectOf } from "../../store/row.js";
import { type Call, NotThisCall } from "./call.js";
import { instantOf } from "./leaf.js";
import { type Json, objectJson, part, sqlOf, wholeSqlOf } from "./json.js";
import type { Place } from "./place.js";
import type { PagePart, Reads } from "./reads.js";
import { NotCompiled } from "./not-compiled.js";
import { Rows } from "./rows.js";
import { type Asked, readsOf } from "./selection.js";
import { type Sql, sql } from "./sql.js";

/** The page of one call: its window, and the SQL that depends on where it is read from. */
interface Opened {
  window: string;
  backward: boolean;
  /** How many rows were looked for: one more than the page has. */
  sought: string;
  /** The place in the window of the row at an end of the page. */
  key: string;
  number: string;
  hasNextPage: string;
  hasPreviousPage: string;
}

type PageReads = Extract<Reads, { kind: "page" }>;

/** What a page is made with. */
interface PageOptions {
  /** The SQL of the parent's id; null for a list of the whole tenant. */
  parent: string | null;
  /** Makes the JSON of each of its rows. */
  objectOf: (place: Place, type: GraphQLCompositeType, sets: readonly SelectionSetNode[], rows: Rows) => Json;
}

/**
 * The SQL of a page's JSON. It is made as {@link openPage} makes a page, but that the rows are written where they are read. Not of
 * what costs a statement more: a count, and what lies beyond a cursor.
 */
export class Page {
  readonly sql: Sql;
  readonly #place: Place;
  readonly #rows: Rows;
  readonly #options: PageOptions;
  readonly #opened = new WeakMap<Call, Opened>();
  readonly #asksFor = new Set<PagePart>();

  constructor(place: Place, asked: Asked, reads: PageReads, options: PageOptions) {
    this.#place = place;
    this.#rows = new Rows(place.alias(), reads.columns, { page: true });
    this.#options = options;
    place.preparations.push((call) => this.#open(call, reads, call.argumentsOf(asked)));
    const object = wholeSqlOf(this.#inside(asked, (each) => this.#part(each)));
    const { alias } = this.#rows;
    const window = (call: Call) => this.#of(call).window;
    const { parent } = options;
    const from =
      parent === null
        ? sql`(${window}) AS ${alias}`
        : sql`(SELECT ${parent} AS id) AS parent CROSS JOIN LATERAL (${window}) AS ${alias}`;
    // Of no rows it is one page as well, and of those whose rows nobody asks for.
    this.sql = sql`(SELECT ${object} FROM ${from} HAVING true)`;
  }

  #of(call: Call): Opened {
    const opened = this.#opened.get(call);
    if (!opened) throw new NotThisCall();
    return opened;
  }

  async #open(call: Call, reads: PageReads, args: never): Promise<void> {
    const opening = reads.list(args, call.context);
    const list = opening instanceof Promise ? await opening : opening;
    const { cursorsOf = list.listing, join } = list;
    if (join) call.takeJoin(join);
    else if (this.#rows.needsJoin) throw new NotThisCall();
    const span = pageSpan(list.page, list.maxSize);
    // Cursors are bound to the parent, and what lies beyond them is asked for by a statement of its own.
    const isBound = span.after !== null || span.before !== null;
    if (isBound && this.#options.parent !== null) throw new NotThisCall();
    if (span.before !== null && this.#asksFor.has("hasNextPage")) throw new NotThisCall();
    if (span.after !== null && this.#asksFor.has("hasPreviousPage")) throw new NotThisCall();
    const scope = isBound ? scopeOf(call.context.store, cursorsOf, wholeTenant) : "";
    const keyOf = (cursor: string | null, field: string) =>
      cursor === null ? null : decodeCursor(scope, cursor, field, keyShape(list.listing));
    const number = call.addList({ cursorsOf, onSlow: list.onSlow, feedCursorAt: list.feedCursorAt });
    const { listing } = list;
    // Whether few rows are looked for is asked each time.
    if (!list.lasts || listing.narrowings?.length) call.isLasting = false;
    const columns = `${orderColumns(listing)}, ${this.#rows.list}`;
    const clause = new Clause(listing, `p${number}x`);
    const bounds = {
      limit: span.limit,
      backward: span.backward,
      after: keyOf(span.after, "after"),
      before: keyOf(span.before, "before"),
      tellLast: this.#asksFor.has("startCursor") || this.#asksFor.has("endCursor"),
    };
    const few = await findFew(call.context.store, listing);
    const found = windowOf(clause, { ...listing, columns }, bounds, few);
    const sought = clause.value(span.limit + 1, "int");
    const { alias } = this.#rows;
    const more = `CASE WHEN count(${alias}.place) < ${sought} THEN 'false' ELSE 'true' END`;
    const window = found ?? emptyWindow(clause, { ...listing, columns });
    this.#opened.set(call, {
      window,
      backward: span.backward,
      sought,
      number: String(number),
      key: keyText(alias, listing),
      hasNextPage: span.backward ? "'false'" : more,
      hasPreviousPage: span.backward ? more : "'false'",
    });
    call.give(clause.values);
  }

  #part(asked: Asked): Json {
    const reads = readsOf(asked);
    if (reads.kind !== "part") throw new NotCompiled();
    this.#asksFor.add(reads.part);
    switch (reads.part) {
      case "nodes":
        return this.#listed(this.#node(asked));
      case "edges":
        return this.#listed(this.#inside(asked, (each) => this.#edgePart(each)));
      case "pageInfo":
        return this.#inside(asked, (each) => this.#part(each));
      case "hasNextPage":
        return [{ sql: sql`${(call) => this.#of(call).hasNextPage}` }];
      case "hasPreviousPage":
        return [{ sql: sql`${(call) => this.#of(call).hasPreviousPage}` }];
      case "startCursor":
        return this.#cursorAt("start");
      case "endCursor":
        return this.#cursorAt("end");
      case "version":
        return [{ sql: sql`coalesce(${version}, 0)::text` }];
      case "feedCursor":
        return part("feed", sql`'${(call) => this.#of(call).number}:' || coalesce(${version}, 0)`);
      case "node":
      case "cursor":
        throw new NotCompiled();
    }
  }

  /** An object that is made of the page, or of one of its rows. */
  #inside({ field, sets }: Asked, make: (asked: Asked) => Json): Json {
    const type = field && getNamedType(field.type);
    if (!isObjectType(type)) throw new NotCompiled();
    const asked = this.#place.selections.of(type, sets);
    return objectJson(asked.map((each) => [each.key, each.field ? make(each) : [`"${type.name}"`]]));
  }

  #edgePart(asked: Asked): Json {
    const reads = readsOf(asked);
    if (reads.kind === "part" && reads.part === "node") return this.#node(asked);
    if (reads.kind === "part" && reads.part === "cursor") return this.#cursor;
    throw new NotCompiled();
  }

  #node({ field, sets }: { field: Asked["field"]; sets: readonly SelectionSetNode[] }): Json {
    const type = field && getNamedType(field.type);
    if (!isCompositeType(type)) throw new NotCompiled();
    return this.#options.objectOf(this.#place, type, sets, this.#rows);
  }

  #listed(row: Json): Json {
    const { alias } = this.#rows;
    const order = (call: Call) => `${alias}.place${this.#of(call).backward ? " DESC" : ""}`;
    const inPage = (call: Call) => `${alias}.place < ${this.#of(call).sought}`;
    const rows = sql`string_agg(${wholeSqlOf(row)}, ',' ORDER BY ${order}) FILTER (WHERE ${inPage})`;
    return ["[", { sql: sql`coalesce(${rows}, '')` }, "]"];
  }

  #cursorAt(end: "start" | "end"): Json {
    const { alias } = this.#rows;
    // The row that was read last is at the end of a page that is read forwards.
    const isThere = (call: Call) => {
      const { sought, backward } = this.#of(call);
      return (end === "start") !== backward
        ? `${alias}.place = least(1, ${sought} - 1)`
        : `${alias}.place = ${sought} - 1 OR ${alias}."isLast" AND ${alias}.place < ${sought}`;
    };
    return [{ sql: sql`coalesce(max(${sqlOf(this.#cursor)}) FILTER (WHERE ${isThere}), 'null')` }];
  }

  get #cursor(): Json {
    const parent = this.#options.parent === null ? "" : " || parent.id";
    return part(
      "key",
      sql`'${(call) => this.#of(call).number}:'${parent} || ':' || ${(call) => this.#of(call).key}`,
    );
  }
}

const version = "(SELECT version FROM tenant WHERE tenant_id = :tenantId)";

function orderColumns({ table, order }: Listing): string {
  return selectOf(
    columnsOf(
      order.map(({ field }) => field),
      table,
    ),
  );
}

/** The sort key of a row as JSON, as `keyOf` has it. */
function keyText(alias: string, { bands, order }: Listing): string {
  const values = order.map(({ field, type }) => {
    const value = `${alias}."${field}"`;
    if (type === "timestamptz") return `'"' || ${instantOf(value)} || '"'`;
    return type === "text" ? `to_json(${value})::text` : `${value}::text`;
  });
  return `'[' || ${[...(bands ? [`${alias}.band::text`] : []), ...values].join(" || ',' || ")} || ']'`;
}
