/*
 * What a field of the graph says of how it is read, beside its type: it stands in the extensions of its definition. A field that
 * exposes a column needs to say nothing. What no field says is not compiled (see answer.ts).
 */
import type { Columns, RowSource } from "../../store/row.js";
import type { GraphContext } from "../context.js";
import type { Join, List } from "../reading/list.js";

/** Which row a root field is about. */
export interface Sought {
  /** The type that the graph has for it; an interface where the row tells. */
  type: string;
  source: RowSource;
  /** What it is found by: fields and their values. They must be unique. */
  by: Readonly<Record<string, string | number>>;
}

/** The fields of a connection, of its edges and of its page's info. */
export type PagePart =
  | "edges"
  | "node"
  | "nodes"
  | "cursor"
  | "pageInfo"
  | "hasNextPage"
  | "hasPreviousPage"
  | "startCursor"
  | "endCursor"
  | "version"
  | "feedCursor";

/** Of each field its own. */
type Arguments = never;

/** How a field is read. */
export type Reads =
  /** A column that it exposes, by its field's name. */
  | { kind: "exposed"; field: string }
  /** A value: SQL over the table of its parent's row. */
  | { kind: "value"; sql: string }
  /** An object that is made of its parent's row, joined to more where that is said; null unless `when` holds. */
  | {
      kind: "row";
      when: string | null;
      join: { make: (args: Arguments, context: GraphContext) => Join; columns: Columns } | null;
    }
  /** Another row, whose id is in the first of these fields of its parent's row that is not null. */
  | { kind: "one"; keys: readonly string[]; source: RowSource }
  /** A page of a list: the tenant's, or one for each parent, of which `parent` is the field that tells. */
  | {
      kind: "page";
      list: (args: Arguments, context: GraphContext) => List | Promise<List>;
      columns: Columns;
      parent: string | null;
    }
  /** The row that arguments name; null if nothing compiled can tell. */
  | { kind: "sought"; seek: (args: Arguments, context: GraphContext) => Sought | null }
  /** A part of a page. */
  | { kind: "part"; part: PagePart };

/** What a field's definition takes. */
interface Extensions extends Record<string, unknown> {
  reads: Reads;
}

/** The field is this field of its parent's row. One that exposes it says so already. */
export function readsField(field: string): Extensions {
  return { reads: { kind: "exposed", field } };
}

/** The field is this SQL over its parent's table. */
export function readsValue(sql: string): Extensions {
  return { reads: { kind: "value", sql } };
}

/** The field is an object that is made of its parent's row; null unless `when`, SQL over the parent's table, holds. */
export function readsRow(when: string | null = null): Extensions {
  return { reads: { kind: "row", when, join: null } };
}

/** The field is an object that is made of its parent's row and of what that is joined to. */
export function readsJoined(
  make: (args: Arguments, context: GraphContext) => Join,
  columns: Columns,
): Extensions {
  return { reads: { kind: "row", when: null, join: { make, columns } } };
}

/** The field is the row whose id is in this field of its parent's row; of several, in the first that is not null. */
export function readsOne(keys: string | readonly string[], source: RowSource): Extensions {
  return { reads: { kind: "one", keys: typeof keys === "string" ? [keys] : keys, source } };
}

/** The field is a page of a list, of rows with these columns. `parent` is the field that says of which parent. Default: of the tenant. */
export function readsPage(
  list: (args: Arguments, context: GraphContext) => List | Promise<List>,
  { columns }: { columns: Columns },
  parent: string | null = null,
): Extensions {
  return { reads: { kind: "page", list, columns, parent } };
}

/** The field is the row that its arguments name. */
export function readsSought(seek: (args: Arguments, context: GraphContext) => Sought | null): Extensions {
  return { reads: { kind: "sought", seek } };
}

/** The field is a part of a page. */
export function readsPart(part: PagePart): Extensions {
  return { reads: { kind: "part", part } };
}

/** How the rows of an interface tell their types: by the value of a field. */
export interface Kinds {
  field: string;
  typenames: Readonly<Record<string, string>>;
}

/** The interface's rows tell their types so. */
export function tellsKinds(kinds: Kinds): { kinds: Kinds } {
  return { kinds };
}
