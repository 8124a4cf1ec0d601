import { LRUCache } from "lru-cache";
import { entries } from "../../domain/entries.js";
import type { Instant } from "../../domain/instant.js";
import { type SkipAxis, skipAxes, skipAxisNames } from "../listing/listing.js";
import { type TenantClient, statement } from "../statement.js";
import { kindOfSession } from "./kinds.js";
import { isArchived, isRead, joinUpToOfAll } from "./standing.js";

/** How many sessions a tenant has at least for skips to be worth it. */
const skippedSessions = 500;

/**
 * The fewest rows of the other kind in a row that are skipped: to find where the list goes on costs about as much as to look at so many.
 * Where that made more than `mostStretches` of one kind, `coarse` are: those that are left need not be skipped to be few.
 */
const gaps = { fine: 4, coarse: 500, mostStretches: 50_000 } as const;

/** How many stretches a part has at most: as many as Postgres keeps in one row. */
const stretchesOfPart = 70;

/** Of so many sessions at most it is kept what a stretch of them holds: more are of all kinds. */
const kindsOf = 8;

/** The SQL that stores parts, which it reads of `part`, of the skips that `kept` names, in the place of those that they had. */
const saveParts = `gone AS (
    DELETE FROM reader_skip_part AS old USING kept
    WHERE old.tenant_id = :tenantId AND old.reader_id = :readerId AND old.is_read = kept.is_read AND old.axis = kept.axis
      AND old.build <> kept.build
  )
  INSERT INTO reader_skip_part (tenant_id, reader_id, is_read, axis, build, high, low, lows, highs, kinds, kind)
  SELECT :tenantId, :readerId, kept.is_read, kept.axis, kept.build, part.high, part.low, part.lows, part.highs, part.kinds, part.kind
  FROM kept JOIN part USING (is_read)`;

/**
 * Saves the skips of one reader along one axis, such as roots by last_activity_at: the stretches in which the reader's read
 * sessions lie, and those of the unread. With them a list of few unread sessions among a million read ones, or the other way round, skips
 * the others. See ReaderSkip in prisma/schema.prisma. It reads each session of the tenant once, which takes 1.5 to 2 s for a
 * million, before it locks anything.
 */
export async function saveSkips(client: TenantClient, readerId: string, axis: SkipAxis): Promise<void> {
  await client.rows(saves[axis], { readerId });
}
// Sessions of one instant are in one stretch, and what is in the newest is in no other: a row that two stretches held would be read twice.
const saveAlong = (axis: SkipAxis) => {
  const { column, where } = skipAxes[axis];
  return statement<never, { readerId: string }>(`
  WITH now AS MATERIALIZED (
    SELECT version, clock_timestamp() - interval '5 minutes' AS settled, gen_random_uuid() AS build FROM tenant WHERE tenant_id = :tenantId
  ), resting AS MATERIALIZED (
    SELECT ${column} AS at, ${isRead} AS is_read, ${isArchived} AS is_archived,
      row_number() OVER (ORDER BY ${column}) AS place
    FROM now CROSS JOIN session
      LEFT JOIN reader_mark AS mark
        ON mark.tenant_id = :tenantId AND mark.session_id = session.id AND mark.reader_id = :readerId::text
      ${joinUpToOfAll(":readerId::text")}
    WHERE session.tenant_id = :tenantId AND ${where} AND NOT active AND last_activity_at < now.settled AND ${column} < now.settled
  ), beginning AS MATERIALIZED (
    SELECT * FROM (
      SELECT is_read, at, place - lag(place, 1, -${gaps.coarse}) OVER own - 1 AS passed, lag(at) OVER own AS before
      FROM resting WHERE NOT is_archived WINDOW own AS (PARTITION BY is_read ORDER BY place)
    ) AS listed WHERE passed >= ${gaps.fine} AND at IS DISTINCT FROM before
  ), least AS MATERIALIZED (
    SELECT is_read, CASE WHEN count(*) > ${gaps.mostStretches} THEN ${gaps.coarse} ELSE ${gaps.fine} END AS skipped,
      (SELECT max(at) FROM resting WHERE resting.is_read = beginning.is_read AND NOT is_archived) AS last
    FROM beginning GROUP BY is_read
  ), stretch AS (
    SELECT is_read, at AS low, coalesce(lead(before) OVER (PARTITION BY is_read ORDER BY at), last) AS high
    FROM beginning JOIN least USING (is_read) WHERE passed >= skipped
    UNION ALL SELECT is_read, settled, 'infinity' FROM now CROSS JOIN (VALUES (true), (false)) AS kind (is_read)
  ), part AS MATERIALIZED (
    SELECT is_read, max(high) AS high, min(low) AS low, array_agg(low ORDER BY high DESC) AS lows, array_agg(high ORDER BY high DESC) AS highs,
      CASE WHEN NOT is_read THEN array_agg(kind ORDER BY high DESC) END AS kinds,
      CASE WHEN bool_and(kind IS NOT NULL) THEN bit_or(kind) END AS kind
    FROM (
      SELECT is_read, low, high, CASE WHEN NOT is_read AND high < 'infinity' THEN (
        SELECT CASE WHEN count(*) <= ${kindsOf} THEN bit_or(kind) END FROM (
          SELECT coalesce(${kindOfSession}, -1) AS kind FROM session
          WHERE tenant_id = :tenantId AND ${where} AND ${column} BETWEEN low AND high ORDER BY ${column} LIMIT ${kindsOf + 1}) AS few) END AS kind,
        (row_number() OVER (PARTITION BY is_read ORDER BY high DESC) - 1) / ${stretchesOfPart} AS number FROM stretch
    ) AS every GROUP BY is_read, number
  ), kept AS (
    INSERT INTO reader_skip AS kept (tenant_id, reader_id, is_read, axis, version, settled, build)
    SELECT :tenantId, :readerId, is_read, '${axis}'::skip_axis, now.version, now.settled, now.build
    FROM now CROSS JOIN (SELECT is_read FROM part GROUP BY is_read) AS kind ORDER BY is_read DESC
    ON CONFLICT (tenant_id, reader_id, is_read, axis)
      DO UPDATE SET version = excluded.version, settled = excluded.settled, build = excluded.build
      WHERE kept.version <= excluded.version
    RETURNING is_read, axis, build
  ), ${saveParts}`);
};
const saves = {
  ACTIVITY: saveAlong("ACTIVITY"),
  CREATED: saveAlong("CREATED"),
  ACTIVITY_OF_ALL: saveAlong("ACTIVITY_OF_ALL"),
  CREATED_OF_ALL: saveAlong("CREATED_OF_ALL"),
} as const;

/**
 * Saves that a reader's read sessions may lie anywhere from a version on: so many were read at once. Where the version and the
 * instant are given at which no root was left unread, those that are unread lie after that instant, or were marked after that version.
 * It locks the rows of an axis in the order in which {@link saveSkips} does.
 */
export async function saveSkipsOfAllRead(
  client: TenantClient,
  readerId: string,
  version: number,
  noneUnread: { version: number; settled: Instant } | null,
): Promise<void> {
  await client.rows(saveWhole, { readerId, isRead: true, version, low: "-infinity", axes: skipAxisNames });
  if (noneUnread)
    await client.rows(saveWhole, {
      readerId,
      isRead: false,
      version: noneUnread.version,
      low: noneUnread.settled,
      axes: ["ACTIVITY", "CREATED"],
    });
}
type Whole = { readerId: string; isRead: boolean; version: number; low: Instant; axes: readonly SkipAxis[] };
const saveWhole = statement<never, Whole>(`
  WITH part AS (
    SELECT :isRead::boolean AS is_read, 'infinity'::timestamptz AS high, :low::timestamptz AS low,
      ARRAY[:low::timestamptz] AS lows, ARRAY['infinity'::timestamptz] AS highs, NULL::bigint[] AS kinds, NULL::bigint AS kind
  ), kept AS (
    INSERT INTO reader_skip (tenant_id, reader_id, is_read, axis, version, settled, build)
    SELECT :tenantId, :readerId, :isRead, axis, :version, :low::timestamptz, gen_random_uuid() FROM unnest(:axes::skip_axis[]) AS axis
    ON CONFLICT (tenant_id, reader_id, is_read, axis)
      DO UPDATE SET version = excluded.version, settled = excluded.settled, build = excluded.build
    RETURNING is_read, axis, build
  ), ${saveParts}`);

/** How many changes of the tenant make skips worth building anew, and how long a reader's stay as they are, in milliseconds. */
const changesMin = 500;
const restMs = 60_000;

/** Of how many readers it is remembered when their skips were built. */
const rememberedReaders = 10_000;

/**
 * Tells whether building a reader's skips along an axis would gain anything: the tenant has so many sessions that there is something to skip,
 * and it has no skips yet, or enough has changed since.
 */
export async function needsSkips(client: TenantClient, readerId: string, axis: SkipAxis): Promise<boolean> {
  const [row] = await client.rows(needs, { readerId, axis });
  return row?.needed === true;
}
const needs = statement<{ needed: boolean }, { readerId: string; axis: SkipAxis }>(`
  SELECT (SELECT count(*) FROM (SELECT FROM session WHERE tenant_id = :tenantId ORDER BY id LIMIT ${skippedSessions + 1}) AS beginning) > ${skippedSessions}
    AND version - coalesce((SELECT min(version) FROM reader_skip WHERE tenant_id = :tenantId AND reader_id = :readerId AND axis = :axis::skip_axis), -${changesMin}) >= ${changesMin}
    AS needed
  FROM tenant WHERE tenant_id = :tenantId`);

/** Saves a reader's skips along an axis if that gains anything. */
export async function saveNeededSkips(client: TenantClient, readerId: string, axis: SkipAxis): Promise<void> {
  if (await needsSkips(client, readerId, axis)) await saveSkips(client, readerId, axis);
}

/** Tells whether a reader has skips by activity. */
export async function hasSkips(client: TenantClient, readerId: string): Promise<boolean> {
  return (await client.rows(some, { readerId })).length > 0;
}
const some = statement<{ found: number }, { readerId: string }>(
  "SELECT 1 AS found FROM reader_skip WHERE tenant_id = :tenantId AND reader_id = :readerId AND axis = 'ACTIVITY' LIMIT 1",
);

/**
 * Builds skips in the background, one reader's at a time. `onFault` is told if one fails; lists are then only slower.
 */
export class SkipBuilder {
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #onFault: (error: unknown) => void;
  /** Whose skips were looked at lately: a page may be slow because the database is, and building would only make it slower. */
  readonly #lately = new LRUCache<string, true>({ ...entries(rememberedReaders), ttl: restMs });
  #isBusy = false;
  #isClosed = false;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /**
   * Builds a reader's skips along an axis after those that wait already, if that gains anything. Asking for the same again within a
   * minute changes nothing.
   */
  build(client: TenantClient, readerId: string, axis: SkipAxis): void {
    const key = JSON.stringify([client.tenantId, readerId, axis]);
    if (this.#lately.has(key)) return;
    this.#lately.set(key, true);
    this.#add(key, () => saveNeededSkips(client, readerId, axis));
  }

  /** Builds them after those that wait already, however old they are: much was marked that they do not know. */
  rebuild(client: TenantClient, readerId: string, axis: SkipAxis): void {
    this.#add(JSON.stringify([client.tenantId, readerId, axis]), () => saveSkips(client, readerId, axis));
  }

  #add(key: string, build: () => Promise<void>): void {
    // Behind the others, also where it is being built now: what is being built has not seen what was marked since.
    this.#waiting.delete(key);
    this.#waiting.set(key, build);
    if (!this.#isBusy) void this.#work();
  }

  /** Lets the builder begin nothing more. What it is building is still finished. */
  close(): void {
    this.#isClosed = true;
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (const [key, build] of this.#waiting) {
      if (this.#isClosed) break;
      this.#waiting.delete(key);
      try {
        await build();
      } catch (error) {
        this.#onFault(error);
      }
    }
    this.#isBusy = false;
  }
}
