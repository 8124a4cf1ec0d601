// Lists of sessions in their orders, and how their rows are found.
import type { AttentionReason } from "../../domain/inbox/attention.js";
import type { ListState, SessionOrder } from "../../domain/inbox/list.js";
import type { Alternative, Band, Condition, Listing, SkipAxis } from "../listing/listing.js";
import { sessionColumns } from "../session.js";
import { type SessionFilter, asks, holdsRoots, isActive, listConditions, stateConditions } from "./list.js";
import { mayHold } from "./kinds.js";
import { narrowingsOf } from "./narrowings.js";
import { joinMark, markColumns } from "./standing.js";

const { UNREAD: unread, READ: read } = stateConditions;

/**
 * The bands that a list of each state can have rows in beside what asks, in the order of attention. Its other bands would be
 * empty.
 */
const bandsOf: Record<ListState, readonly string[]> = {
  DEFAULT: [isActive, unread],
  ALL: [isActive, unread, read],
  RUNNING: [isActive],
  UNREAD: [unread],
  READ: [read],
  // A root that rests itself is active while something below it is.
  TERMINAL: [isActive, unread, read],
  IDLE: [isActive, unread, read],
};

/** The one band that a list of what is read, or of what is unread, has beside what asks. */
function restingOf({ state }: SessionFilter): string | undefined {
  return { UNREAD: unread, READ: read }[state as string];
}

/** What asks people for something comes before all of these, however it stands. */
const asking = (["NEEDS_APPROVAL", "NEEDS_INPUT"] as const).map((reason) => ({
  reason,
  sql: `session.reason = '${reason}'`,
}));

/** How many parts of a reader's skips are read at most for what asks: an index has all that does. */
const partsOfAsking = 4;

const byActivity = {
  order: [
    { field: "lastActivityAt", type: "timestamptz" },
    { field: "updatedAt", type: "timestamptz" },
    { field: "id", type: "text" },
  ],
  direction: "desc",
} as const;

const byCreation = {
  order: [
    { field: "createdAt", type: "timestamptz" },
    { field: "id", type: "text" },
  ],
  direction: "desc",
} as const;

/**
 * Lists sessions as one reader sees them. The order of attention has the pinned sessions first, and among these and
 * the others those that ask for approval, those that ask for input, then the other active, the unread and the read, each by
 * activity.
 */
export function sessionListing(filter: SessionFilter, order: SessionOrder, readerId: string | null): Listing {
  const list = listOf(filter, readerId);
  if (order === "CREATED") return { ...list, ...byCreation, ...waysOf(filter, readerId, order) };
  if (order === "LAST_ACTIVITY") {
    const one = restingOf(filter);
    if (one && readerId !== null)
      return { ...list, ...byActivity, bands: [{ where: [], ...foundBy(one, readerId, filter) }] };
    return { ...list, ...byActivity, ...waysOf(filter, readerId, order) };
  }
  return { ...list, ...byActivity, bands: attentionBands(filter, readerId) };
}

function listOf(filter: SessionFilter, readerId: string | null) {
  return {
    table: "session",
    columns: `${sessionColumns}, ${markColumns}`,
    join: joinMark(readerId),
    where: listConditions(filter),
    narrowings: narrowingsOf(filter, readerId),
  } as const;
}

/**
 * The sessions of a list of roots that are active or unread, by activity: an index has those that are active, and the reader's skips find
 * the others. Undefined for a list of which skips know nothing.
 */
export function unreadListing(filter: SessionFilter, readerId: string): Listing | undefined {
  const resting = skipOf(unread, readerId, filter);
  if (!resting.skip || !holdsRoots(filter)) return undefined;
  return {
    ...listOf(filter, readerId),
    ...byActivity,
    columns: `session.id, session.last_activity_at AS "lastActivityAt", session.updated_at AS "updatedAt"`,
    alternatives: [{ where: [{ sql: isActive }] }, { where: [{ sql: unread }], ...resting }],
  };
}

/**
 * True of every session. The indexes by creation of what is active or asks have this condition, so that no list by activity is read
 * along one of them and sorted, which Postgres does where it believes them to be few.
 */
const isByCreation = "session.created_at > '-infinity'";

/**
 * The kinds of what a list by a time holds, where an index or the skips find each: what a person has to look at is of three kinds, what
 * is unread or read of one.
 */
function waysOf(
  filter: SessionFilter,
  readerId: string | null,
  order: SessionOrder,
): Pick<Listing, "alternatives"> {
  const along = order === "CREATED" ? [{ sql: isByCreation }] : [];
  if (filter.state === "RUNNING") return { alternatives: [{ where: along }] };
  // Who is nobody has read nothing.
  if (readerId === null)
    return filter.state === "READ" ? { alternatives: [{ where: [{ sql: "false" }] }] } : {};
  const others = { sql: `NOT (${asks})` };
  // An index by creation has what asks for either, and those by activity each for itself.
  const asked = order === "CREATED" ? [asks] : asking.map(({ sql }) => sql);
  const ways: Partial<Record<ListState, Alternative[]>> = {
    DEFAULT: [
      ...asked.map((sql) => ({ where: [{ sql }, ...along] })),
      { where: [{ sql: isActive }, others, ...along] },
      { where: [{ sql: unread }, others], ...skipOf(unread, readerId, filter, order) },
    ],
    UNREAD: [{ where: [], ...skipOf(unread, readerId, filter, order) }],
    READ: [{ where: [hasRead(readerId)], ...skipOf(read, readerId, filter, order) }],
  };
  const alternatives = ways[filter.state];
  return alternatives ? { alternatives } : {};
}

/** Along which axis what a reader has read is skipped in such a list. */
export function skipAxisOf({ level }: SessionFilter, order: SessionOrder): SkipAxis {
  const axis = order === "CREATED" ? "CREATED" : "ACTIVITY";
  return level === "ALL" ? `${axis}_OF_ALL` : axis;
}

/**
 * Lets the reading of a band of resting sessions skip, since they may lie far down the axis. Skips know
 * nothing of archived sessions, so a list of these does without, and so does one of few sessions, those below one.
 */
function skipOf(
  sql: string,
  readerId: string,
  filter: SessionFilter,
  order: SessionOrder = "LAST_ACTIVITY",
): Pick<Band, "skip"> {
  const { archived, snoozed, under } = filter;
  const mayBeArchived = archived !== false && (archived || snoozed);
  const isPassed = sql === isActive || mayBeArchived || under;
  if (isPassed) return {};
  const holding = mayHold(filter);
  return {
    skip: {
      readerId,
      isRead: sql === read,
      axis: skipAxisOf(filter, order),
      ...(holding ? { mayHold: holding } : {}),
    },
  };
}

/** That a reader has read anything: who has not, has no session in the band of those that are read. */
function hasRead(readerId: string): Condition {
  // In the order of an index, so that a plan for any reader is no scan.
  const of = (table: string, order: string) =>
    `(SELECT true FROM ${table} WHERE tenant_id = :tenantId AND reader_id = ?::text ORDER BY ${order} LIMIT 1)`;
  const any = `coalesce(${of("reader_mark", "session_id")}, ${of("reader_read_up_to", "project_id, backend_profile")}, false)`;
  return { sql: any, value: readerId };
}

/** On what a band of those sessions can have any at all. */
function opening(sql: string, readerId: string | null): Pick<Band, "opens"> {
  return sql === read ? { opens: readerId === null ? { sql: "false" } : hasRead(readerId) } : {};
}

/** How the rows of a band are found. */
function foundBy(sql: string, readerId: string | null, filter: SessionFilter): Pick<Band, "skip" | "opens"> {
  return { ...(readerId === null ? {} : skipOf(sql, readerId, filter)), ...opening(sql, readerId) };
}

/** How what asks for a reason is found in a list of what is read or unread, where all that asks may be of the other kind. */
function askingOf(
  reason: AttentionReason,
  filter: SessionFilter,
  readerId: string | null,
): Pick<Band, "skip" | "opens"> {
  const one = restingOf(filter);
  if (one === undefined) return {};
  const { skip, ...opens } = foundBy(one, readerId, { ...filter, reasons: [reason] });
  return { ...opens, ...(skip ? { skip: { ...skip, mostParts: partsOfAsking } } : {}) };
}

function attentionBands(filter: SessionFilter, readerId: string | null): Band[] {
  const quiet = { sql: `NOT (${asks})` };
  const bands = [
    ...asking.map(({ reason, sql }) => ({ where: [{ sql }], skip: askingOf(reason, filter, readerId) })),
    ...bandsOf[filter.state].map((sql) => ({
      where: [{ sql }, quiet],
      skip: foundBy(sql, readerId, filter),
    })),
  ];
  if (readerId === null) return bands.map(({ where, skip }) => ({ where, ...skip }));
  const pinned = {
    sql: `session.id = ANY(ARRAY(SELECT session_id FROM reader_mark
      WHERE tenant_id = :tenantId AND reader_id = ?::text AND pinned_at IS NOT NULL))`,
    value: readerId,
  };
  const unpinned = { sql: "mark.pinned_at IS NULL" };
  return [
    ...bands.map(({ where }) => ({ where: [pinned, ...where] })),
    ...bands.map(({ where, skip }) => ({ where: [...where, unpinned], ...skip })),
  ];
}
