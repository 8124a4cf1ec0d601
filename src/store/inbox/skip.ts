import { type TenantClient, statement } from "../statement.js";
import { isArchived, isRead } from "./standing.js";

/** How many rows of the other kind a list must pass before it is worth remembering to skip them. */
const skippedRows = 500;

/**
 * Remembers where on the activity axis a reader's read and unread sessions lie, so that a list of the few unread among a
 * million read ones (or the other way round) does not pass them all: see ReaderSkip in prisma/schema.prisma. Reads every session
 * of the tenant once, 1.5 to 2 s for a million.
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

/** Builds skips in the background, one at a time. What goes wrong with one is told, and costs only time. */
export class SkipBuilder {
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #onFault: (error: unknown) => void;
  #isBusy = false;
  #isClosed = false;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Builds a reader's skips as soon as may be; once where it is asked for again meanwhile. */
  build(client: TenantClient, readerId: string): void {
    this.#waiting.set(JSON.stringify([client.tenantId, readerId]), () => saveSkips(client, readerId));
    if (!this.#isBusy) void this.#work();
  }

  /** Begins no further one. */
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
