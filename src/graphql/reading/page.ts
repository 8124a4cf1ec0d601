import { decodeCursor, encodeCursor } from "../../domain/cursor.js";
import { type PageArguments, type PageSpan, pageSpan } from "../../domain/page.js";
import { type Facts, type Question, readFacts } from "../../store/listing/facts.js";
import { type Listing, keyOf, keyShape, scopeOf, wholeTenant } from "../../store/listing/listing.js";
import { type Moment, type Part, readParts } from "../../store/listing/parts.js";
import type { TenantClient } from "../../store/statement.js";
import type { GraphContext } from "../context.js";
import type { List } from "./list.js";

/** A page of a connection. What would cost a further statement is read only when it is asked for. */
export interface Page<Row> {
  readonly edges: readonly { cursor: string; node: Row }[];
  /** Where the next page begins, if that is not the last row. */
  readonly endCursor?: string | null;
  hasNextPage(): Promise<boolean>;
  hasPreviousPage(): Promise<boolean>;
  totalCount(): Promise<number>;
  /** The tenant's version at the moment of the page, where that was asked for. */
  readonly version?: number;
  /** Where the subscription of the same list goes on from there. */
  feedCursor?(): string;
}

/**
 * A page whose rows took longer than this to read was slow, in milliseconds: it has passed about 20,000 other rows. What took time to
 * count is not among it.
 */
export const slowPageMs = 50;

/** Makes the page of a list that cannot have rows. */
export function emptyPage<Row>(): Page<Row> {
  const no = async () => false;
  return { edges: [], hasNextPage: no, hasPreviousPage: no, totalCount: async () => 0 };
}

/**
 * Opens a page of a listing, or of one parent's list if the listing has one for each parent. Pages of the same field
 * on many parents share their statements. BAD_USER_INPUT for a wrong size, or a cursor of another list.
 */
export async function openPage<Row extends object>(
  context: GraphContext,
  listing: Listing,
  args: PageArguments,
  options: {
    parent?: string;
    /** The most rows of a page. Default: 100. */
    maxSize?: number;
    /** The listing that cursors are bound to, if this one is narrowed by more than they are. Default: this listing. */
    cursorsOf?: Listing;
    /** Called if reading the rows took longer than a page of any list should. */
    onSlow?: () => void;
    /** Is told how many rows the list has, where that is asked. */
    onCounted?: (count: number) => void;
    /** Whether the tenant's version, and the count of rows, are read in the moment of the rows. Default: neither. */
    moment?: Moment | null;
    /** Makes the cursor from which the subscription of the same list goes on after a version. */
    feedCursorAt?: (version: number) => string;
  } = {},
): Promise<Page<Row>> {
  const { parent = wholeTenant, maxSize, cursorsOf = listing, moment, feedCursorAt } = options;
  const { store, batches } = context;
  const span = pageSpan(args, maxSize);
  const scope = scopeOf(store, cursorsOf, parent);
  const keyOfCursor = (cursor: string | null, field: string) =>
    cursor === null ? null : decodeCursor(scope, cursor, field, keyShape(listing));
  const after = keyOfCursor(span.after, "after");
  const before = keyOfCursor(span.before, "before");
  const kind = JSON.stringify([listing, span, moment]);

  // All questions that are asked in one tick share a statement, of whatever kind they are and for however many parents.
  const ask = async (question: Question): Promise<Facts> => {
    const id = JSON.stringify([parent, question]);
    return (await batches.load(`facts ${kind}`, id, (ids) => answerAll(store, listing, ids))) ?? {};
  };

  const begunAt = performance.now();
  let part: Part<Row> = { rows: [], hasMore: false };
  try {
    part =
      (await batches.load(`rows ${kind}`, parent, (parents) =>
        readParts<Row>(batches.client, listing, parents, {
          limit: span.limit,
          backward: span.backward,
          after,
          before,
          ...(moment ? { moment } : {}),
        }),
      )) ?? part;
  } finally {
    // Also where it was given up.
    if (performance.now() - begunAt - (part.momentMs ?? 0) > slowPageMs) options.onSlow?.();
  }

  return {
    edges: part.rows.map((row) => ({
      // A cursor costs a hash, so it is made only when it is asked for.
      get cursor() {
        return encodeCursor(scope, keyOf(listing, row));
      },
      node: row,
    })),
    hasNextPage: async () =>
      isInside(span, false, part) || (before !== null && ((await ask({ after: before })).hasAfter ?? false)),
    hasPreviousPage: async () =>
      isInside(span, true, part) || (after !== null && ((await ask({ before: after })).hasBefore ?? false)),
    totalCount: async () => {
      const count = part.count ?? (await ask({ count: true })).count ?? 0;
      options.onCounted?.(count);
      return count;
    },
    version: part.version ?? 0,
    feedCursor: () => feedCursorAt?.(part.version ?? 0) ?? "",
  };
}

/** Opens a page of a list, as its arguments say. */
export function openList<Row extends object>(
  context: GraphContext,
  { listing, page, ...options }: List,
  more: { parent?: string; moment?: Moment | null } = {},
): Promise<Page<Row>> {
  return openPage<Row>(context, listing, page, { ...options, ...more });
}

/** Answers questions about the lists of several parents. Each id is [parent, question] as JSON. */
async function answerAll(
  store: TenantClient,
  listing: Listing,
  ids: readonly string[],
): Promise<Map<string, Facts>> {
  const asked = ids.map((id) => JSON.parse(id) as [string, Question]);
  const parents = [...new Set(asked.map(([parent]) => parent))];
  const question = Object.assign({}, ...asked.map(([, each]) => each)) as Question;
  const facts = await readFacts(store, listing, parents, question);
  return new Map(ids.map((id, index) => [id, facts.get(asked[index]?.[0] ?? "") ?? {}]));
}

/** True if the page's size cut off rows at this end. */
function isInside(span: PageSpan, atStart: boolean, part: Part<object>): boolean {
  return span.backward === atStart && part.hasMore;
}
