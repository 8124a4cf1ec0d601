import DataLoader from "dataloader";
import type { RunEventType } from "../../domain/event.js";
import { maxEventPageSize } from "../../domain/page.js";
import type { RunStatus } from "../../domain/run.js";
import { topicOf } from "../../domain/topic.js";
import { eventColumns } from "../event.js";
import type { RunEventRow } from "../row.js";
import { type TenantClient, findsAny, statement } from "../statement.js";
import type { FreshEvents } from "./fresh-events.js";

/** What a follower reads at once, in one snapshot: the events after its place, and how far the log goes. */
export interface LogPage {
  /**
   * The events. There is at least one if the log has any after the place, and more only while their payloads are
   * small.
   */
  events: RunEventRow[];
  /** True if more events may follow these. */
  hasMore: boolean;
  /** The seq, or the sessionSeq, of the log's newest event of any type. */
  lastSeq: number;
  /** True if no event will ever follow `lastSeq`. */
  ended: boolean;
}

/** A log, and the seq or sessionSeq after which it is read. */
interface Place {
  id: string;
  after: number;
}

/** The most logs that one statement reads. */
const maxPlaces = 16;

/**
 * How many bytes of payload one statement reads, shared evenly among its logs. The size of compressed payloads is a
 * guess.
 */
const maxBytes = 1_048_576;

/**
 * Reads the logs of runs and sessions of one tenant. All readings that are asked for in one tick of the event loop
 * share statements. An append wakes the followers of many runs at once, and without this each would send a statement
 * of its own: 1,000 events a second to 1,000 runs that are followed would take 1,000 statements a second, a quarter
 * of what a node can do.
 */
export class EventLogs {
  readonly #client: TenantClient;
  readonly #fresh: FreshEvents;
  readonly #loaders = new Map<string, DataLoader<Place, LogPage | undefined>>();

  constructor(client: TenantClient, fresh: FreshEvents) {
    this.#client = client;
    this.#fresh = fresh;
  }

  /**
   * As {@link read}, of what this node has added to the log since it was read last: for who was woken by that and nothing else.
   * Undefined if it is not kept.
   */
  readFresh(id: string, after: number, types: readonly RunEventType[] | null): LogPage | undefined {
    const found = this.#fresh.after(topicOf(this.#client.tenantId, id), after);
    if (!found) return undefined;
    const { rows, last: lastSeq } = found;
    const events = types === null ? rows : rows.filter(({ type }) => types.includes(type));
    return { events, hasMore: false, lastSeq, ended: false };
  }

  /**
   * Reads the events of these types (null: of all types) that follow a place in a log. A run's log is ordered by seq.
   * A session's holds the events of all its runs, is ordered by sessionSeq and ends when its removal begins. Undefined if there is no
   * such log, or if it is being removed with its session.
   */
  read(
    log: keyof typeof statements,
    id: string,
    after: number,
    types: readonly RunEventType[] | null,
  ): Promise<LogPage | undefined> {
    // Before it is read: what is added while it is, is kept.
    this.#fresh.keep(topicOf(this.#client.tenantId, id));
    const kind = `${log} ${types?.join() ?? "all"}`;
    let loader = this.#loaders.get(kind);
    if (!loader) {
      const read = (places: readonly Place[]) => readLogs(this.#client, log, places, types);
      loader = new DataLoader(read, { cache: false, maxBatchSize: maxPlaces });
      this.#loaders.set(kind, loader);
    }
    return loader.load({ id, after });
  }
}

/**
 * A row of a reading. A log without events after its place has one row of nulls, and a log that does not exist has
 * none.
 */
type LogRow = Partial<RunEventRow> & {
  place: number;
  found: number | null;
  last: number;
  /** False if the event after the place is missing though the log goes beyond it. */
  whole: boolean;
  /** The run's status; null for a session. */
  status: RunStatus | null;
  /** True of a session whose removal has begun: its log has ended, and what is left of it has holes. */
  gone: boolean;
};

/**
 * The values of a reading: its logs, the place in each, the types, and how many bytes of payload to read of each log.
 */
interface Reading {
  ids: readonly string[];
  afters: readonly number[];
  types: readonly RunEventType[] | null;
  bytes: number;
}

async function readLogs(
  client: TenantClient,
  log: keyof typeof statements,
  places: readonly Place[],
  types: readonly RunEventType[] | null,
): Promise<(LogPage | undefined)[]> {
  const rows = await client.rows(statements[log], {
    ids: places.map(({ id }) => id),
    afters: places.map(({ after }) => after),
    types,
    bytes: Math.floor(maxBytes / places.length),
  });
  const pages: (LogPage | undefined)[] = places.map(() => undefined);
  for (const row of rows) {
    const { place, found, last, whole, status, gone } = row;
    // The session of the log is being removed, from its first event on, and the log is as good as gone.
    if (!whole && !gone) continue;
    const page = (pages[place - 1] ??= {
      events: [],
      hasMore: false,
      lastSeq: last,
      ended: gone || (status !== null && status !== "PENDING" && status !== "CLAIMED"),
    });
    if (found === null || gone) continue;
    page.events.push(row as LogRow & RunEventRow);
    page.hasMore = page.events.length === maxEventPageSize || page.events.length < found;
  }
  return pages;
}

const statements = {
  run: statement<LogRow, Reading>(`
  SELECT asked.place, run.status, false AS gone, run.last_event_seq AS last, ${isWhole("run", "run_id = run.id", "seq")} AS whole, event.*
  FROM unnest(:ids::text[], :afters::int[]) WITH ORDINALITY AS asked (id, after, place)
    JOIN run ON run.tenant_id = :tenantId AND run.id = asked.id
    LEFT JOIN LATERAL (${pageOf("run_id = run.id", "seq")}) AS event ON true
  ORDER BY asked.place, event.seq`),
  session: statement<LogRow, Reading>(`
  SELECT asked.place, NULL AS status, session.removing AS gone, session.last_event_seq AS last,
    ${isWhole("session", "session_id = session.id", "session_seq")} AS whole, event.*
  FROM unnest(:ids::text[], :afters::bigint[]) WITH ORDINALITY AS asked (id, after, place)
    JOIN session ON session.tenant_id = :tenantId AND session.id = asked.id
    LEFT JOIN LATERAL (${pageOf("session_id = session.id", "session_seq")}) AS event ON true
  ORDER BY asked.place, event."sessionSeq"`),
};

/** Makes the SQL that tells whether the event after the place is there, if there was one. It may be of another type than those asked. */
function isWhole(log: "run" | "session", parent: string, position: string): string {
  const next = `FROM run_event WHERE tenant_id = :tenantId AND ${parent} AND ${position} = asked.after + 1`;
  return `(${log}.last_event_seq <= asked.after OR ${findsAny(next)})`;
}

/**
 * Makes the SQL of one log's page: its events of the asked types after the place, cut once their payloads have the
 * asked bytes. A compressed payload counts as eight times its stored size.
 */
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
