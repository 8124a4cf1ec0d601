import { type TenantClient, statement } from "../statement.js";
import { isArchived, isRead } from "./standing.js";

/** The fewest rows of the other kind in a row that are worth skipping. */
const skippedRows = 500;

/**
 * Saves the skips of one reader: the stretches of the activity axis (sessions by last_activity_at) in which the
 * reader's read sessions lie, and those of the unread. With them a list of few unread sessions among a million read
 * ones, or the other way round, skips the others. See ReaderSkip in prisma/schema.prisma. It reads each session of
 * the tenant once, which takes 1.5 to 2 s for a million.
 */
export async function saveSkips(client: TenantClient, readerId: string): Promise<void> {
  await client.rows(save, { readerId });
}
const save = statement<never, { readerId: string }>(`
  WITH now AS MATERIALIZED (SELECT version, clock_timestamp() - interval '5 minutes' AS settled FROM tenant WHERE tenant_id = :tenantId),
  resting AS MATERIALIZED (
    SELECT last_activity_at AS at, ${isRead} AS is_read, ${isArchived} AS is_archived,
      row_number() OVER (ORDER BY last_activity_at) AS place
    FROM now CROSS JOIN session
      LEFT JOIN reader_mark AS mark
        ON mark.tenant_id = :tenantId AND mark.session_id = session.id AND mark.reader_id = :readerId::text
    WHERE session.tenant_id = :tenantId AND execution_state <> 'RUNNING' AND last_activity_at < now.settled
  ), stretch AS (
    SELECT is_read, at, count(*) FILTER (WHERE begins) OVER (PARTITION BY is_read ORDER BY place) AS number FROM (
      SELECT is_read, at, place, place - lag(place, 1, place - ${skippedRows + 1})
        OVER (PARTITION BY is_read ORDER BY place) > ${skippedRows} AS begins
      FROM resting WHERE NOT is_archived
    ) AS listed
  ), interval_of AS (
    SELECT is_read, min(at) AS low, max(at) AS high FROM stretch GROUP BY is_read, number
    UNION ALL SELECT is_read, settled, 'infinity' FROM now CROSS JOIN (VALUES (true), (false)) AS kind (is_read)
  )
  INSERT INTO reader_skip AS kept (tenant_id, reader_id, is_read, version, lows, highs)
  SELECT :tenantId, :readerId, is_read, now.version, array_agg(low ORDER BY high DESC), array_agg(high ORDER BY high DESC)
  FROM now CROSS JOIN interval_of GROUP BY is_read, now.version
  ON CONFLICT (tenant_id, reader_id, is_read)
    DO UPDATE SET version = excluded.version, lows = excluded.lows, highs = excluded.highs
    WHERE kept.version <= excluded.version`);

/**
 * Builds skips in the background, one reader's at a time. `onFault` is told if one fails; lists are then only slower.
 */
export class SkipBuilder {
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #onFault: (error: unknown) => void;
  #isBusy = false;
  #isClosed = false;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /**
   * Builds a reader's skips after those that wait already. Asking for the same again before they are built changes
   * nothing.
   */
  build(client: TenantClient, readerId: string): void {
    this.#waiting.set(JSON.stringify([client.tenantId, readerId]), () => saveSkips(client, readerId));
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
      try {
        await build();
      } catch (error) {
        this.#onFault(error);
      }
      this.#waiting.delete(key);
    }
    this.#isBusy = false;
  }
}
