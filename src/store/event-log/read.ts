import DataLoader from "dataloader";
import type { RunEventType } from "../../domain/event.js";
import { maxEventPageSize } from "../../domain/page.js";
import type { RunStatus } from "../../domain/run.js";
import { eventColumns } from "../event.js";
import type { RunEventRow } from "../row.js";
import { type Statement, type TenantClient, statement } from "../statement.js";

/** What a follower reads at once: events after its place, and how long the log is, in one snapshot. */
export interface LogPage {
  /** At least one where there are any; more only as long as their payloads are small. */
  events: RunEventRow[];
  /** True where more events follow these. */
  hasMore: boolean;
  /** The position of the log's newest event, of any type. */
  lastSeq: number;
  /** True where no event will follow `lastSeq`. */
  ended: boolean;
}

/** A log is read from here on. */
interface Place {
  id: string;
  after: number;
}

/** How many logs are read in one statement at most. */
const maxPlaces = 16;

/** How many bytes of payload one statement reads, as far as can be told of what is stored compressed: as much of each log. */
const maxBytes = 1_048_576;

/**
 * Reads the logs of runs and sessions of one tenant. What is asked for in one tick shares statements: an append wakes the
 * followers of many runs at once, and each would send its own (1,000 events a second to 1,000 runs that are followed: 1,000 a
 * second, a quarter of what the node can do).
 */
export class EventLogs {
  readonly #client: TenantClient;
  readonly #loaders = new Map<string, DataLoader<Place, LogPage | undefined>>();

  constructor(client: TenantClient) {
    this.#client = client;
  }

  /**
   * The events of these types after a place in a log: of a run, by seq, or of all runs of a session, by session_seq. Undefined
   * where there is no such log. A session's never ends.
   */
  read(
    log: keyof typeof statements,
    id: string,
    after: number,
    types: readonly RunEventType[] | null,
  ): Promise<LogPage | undefined> {
    const kind = `${log} ${types?.join() ?? "all"}`;
    let loader = this.#loaders.get(kind);
    if (!loader) {
      const read = (places: readonly Place[]) => readLogs(this.#client, statements[log], places, types);
      loader = new DataLoader(read, { cache: false, maxBatchSize: maxPlaces });
      this.#loaders.set(kind, loader);
    }
    return loader.load({ id, after });
  }
}

/** A log without events after its place comes as one row of nulls, a log that is not there as none. */
type LogRow = Partial<RunEventRow> & {
  place: number;
  found: number | null;
  last: number;
  /** Null for a session. */
  status: RunStatus | null;
};

/** Which logs a statement reads, each after a place, and how many bytes of each. */
interface Reading {
  ids: readonly string[];
  afters: readonly number[];
  types: readonly RunEventType[] | null;
  bytes: number;
}

async function readLogs(
  client: TenantClient,
  read: Statement<LogRow, Reading>,
  places: readonly Place[],
  types: readonly RunEventType[] | null,
): Promise<(LogPage | undefined)[]> {
  const rows = await client.rows(read, {
    ids: places.map(({ id }) => id),
    afters: places.map(({ after }) => after),
    types,
    bytes: Math.floor(maxBytes / places.length),
  });
  const pages: (LogPage | undefined)[] = places.map(() => undefined);
  for (const row of rows) {
    const { place, found, last, status } = row;
    const page = (pages[place - 1] ??= {
      events: [],
      hasMore: false,
      lastSeq: last,
      ended: status !== null && status !== "PENDING" && status !== "CLAIMED",
    });
    if (found === null) continue;
    page.events.push(row as LogRow & RunEventRow);
    page.hasMore = page.events.length === maxEventPageSize || page.events.length < found;
  }
  return pages;
}

const statements = {
  run: statement<LogRow, Reading>(`
  SELECT asked.place, run.status, run.last_event_seq AS last, event.*
  FROM unnest(:ids::text[], :afters::int[]) WITH ORDINALITY AS asked (id, after, place)
    JOIN run ON run.tenant_id = :tenantId AND run.id = asked.id
    LEFT JOIN LATERAL (${pageOf("run_id = run.id", "seq")}) AS event ON true
  ORDER BY asked.place, event.seq`),
  session: statement<LogRow, Reading>(`
  SELECT asked.place, NULL AS status, session.last_event_seq AS last, event.*
  FROM unnest(:ids::text[], :afters::bigint[]) WITH ORDINALITY AS asked (id, after, place)
    JOIN session ON session.tenant_id = :tenantId AND session.id = asked.id
    LEFT JOIN LATERAL (${pageOf("session_id = session.id", "session_seq")}) AS event ON true
  ORDER BY asked.place, event."sessionSeq"`),
};

/** Events after the place of the asked types, cut where their payloads have the asked bytes; compressed ones count eightfold. */
function pageOf(parent: string, position: string): string {
  const size = `pg_column_size(payload) * CASE WHEN pg_column_compression(payload) IS NULL THEN 1 ELSE 8 END`;
  return `
    SELECT * FROM (
      SELECT ${eventColumns}, count(*) OVER () AS found, sum(${size}) OVER (ORDER BY ${position}) - ${size} AS before FROM (
        SELECT * FROM run_event
        WHERE tenant_id = :tenantId AND ${parent} AND ${position} > asked.after AND (:types::run_event_type[] IS NULL OR type = ANY(:types))
        ORDER BY ${position} LIMIT ${maxEventPageSize}
      ) AS run_event
    ) AS page WHERE before < :bytes::int`;
}
