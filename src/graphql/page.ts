import { decodeCursor, encodeCursor } from "../domain/cursor.js";
import { type PageArguments, type PageSpan, pageSpan } from "../domain/page.js";
import {
  type Listing,
  type Part,
  countRows,
  hasRows,
  keyOf,
  readParts,
  scopeOf,
  wholeTenant,
} from "../store/listing.js";
import type { GraphContext } from "./context.js";

/** A page of a connection. What costs a statement of its own is read when it is asked for. */
export interface Page<Row> {
  readonly edges: readonly { cursor: string; node: Row }[];
  hasNextPage(): Promise<boolean>;
  hasPreviousPage(): Promise<boolean>;
  totalCount(): Promise<number>;
}

/** The page of a list that cannot have rows. */
export function emptyPage<Row>(): Page<Row> {
  const no = async () => false;
  return { edges: [], hasNextPage: no, hasPreviousPage: no, totalCount: async () => 0 };
}

/**
 * Opens a page of a listing, of the parent's own list where it has parents. Pages of the same field on many parents
 * share their statements.
 */
export async function openPage<Row extends object>(
  context: GraphContext,
  listing: Listing,
  args: PageArguments,
  options: {
    parent?: string;
    /** The most rows of a page. */
    maxSize?: number;
    /** Whose cursors these are, where the listing is narrowed by more than cursors are bound to. */
    cursorsOf?: Listing;
  } = {},
): Promise<Page<Row>> {
  const { parent = wholeTenant, maxSize, cursorsOf = listing } = options;
  const { store, batches } = context;
  const span = pageSpan(args, maxSize);
  const scope = scopeOf(store, cursorsOf, parent);
  const after = span.after === null ? null : decodeCursor(scope, span.after, "after");
  const before = span.before === null ? null : decodeCursor(scope, span.before, "before");
  const kind = JSON.stringify([listing, span]);

  const load = <Value>(what: string, read: (parents: readonly string[]) => Promise<Map<string, Value>>) =>
    batches.load(`${what} ${kind}`, parent, read);
  const isThere = async (side: "before" | "after", key: typeof after) =>
    key !== null && ((await load(side, (parents) => hasRows(store, listing, parents, side, key))) ?? false);

  const part: Part<Row> = (await load("rows", (parents) =>
    readParts<Row>(store, listing, parents, { limit: span.limit, backward: span.backward, after, before }),
  )) ?? { rows: [], hasMore: false };

  return {
    edges: part.rows.map((row) => ({
      // A cursor costs a hash: made where it is asked for.
      get cursor() {
        return encodeCursor(scope, keyOf(listing, row));
      },
      node: row,
    })),
    hasNextPage: async () => isInside(span, false, part) || isThere("after", before),
    hasPreviousPage: async () => isInside(span, true, part) || isThere("before", after),
    totalCount: async () => (await load("count", (parents) => countRows(store, listing, parents))) ?? 0,
  };
}

/** True where the page was cut at this end by its size. */
function isInside(span: PageSpan, atStart: boolean, part: Part<object>): boolean {
  return span.backward === atStart && part.hasMore;
}
