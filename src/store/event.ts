import type { RunEventType } from "../domain/event.js";
import type { RunStatus } from "../domain/run.js";
import { Prisma } from "../generated/prisma/client.js";
import { type Listing, conditions } from "./listing.js";
import { type RunEventRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";

const columns = selectList(Object.keys(Prisma.RunEventScalarFieldEnum), "run_event");

/** Which events a list holds; what is left out does not narrow it. */
export interface EventFilter {
  types?: readonly RunEventType[] | null;
  /** Only events after this seq of their run. */
  afterSeq?: number | null;
}

/** The events of each run by seq, oldest first. */
export function runEventListing(filter: EventFilter): Listing {
  return eventListing("run_id", { field: "seq", type: "int" }, filter);
}

/** The events of each session over all its runs, in the order in which they happened. */
export function sessionEventListing(filter: EventFilter): Listing {
  return eventListing("session_id", { field: "sessionSeq", type: "bigint" }, filter);
}

function eventListing(parentColumn: string, key: Listing["order"][number], filter: EventFilter): Listing {
  return {
    table: "run_event",
    columns,
    parentColumn,
    where: conditions(
      ["run_event.type = ANY(?::run_event_type[])", filter.types],
      ["run_event.seq > ?::int", filter.afterSeq],
    ),
    order: [key],
    direction: "asc",
  };
}

/** The events at these places that there are. */
export function findEvents(
  client: TenantClient,
  places: readonly { runId: string; seq: number }[],
): Promise<RunEventRow[]> {
  return client.rows(
    byPlaces,
    places.map(({ runId }) => runId),
    places.map(({ seq }) => seq),
  );
}
const byPlaces = statement(`
  SELECT ${columns} FROM unnest($2::text[], $3::int[]) AS place (run_id, seq)
    JOIN run_event ON run_event.tenant_id = $1 AND run_event.run_id = place.run_id AND run_event.seq = place.seq`);

/** The events of one run from one seq to another, both included. */
export function readEventRange(
  client: TenantClient,
  runId: string,
  first: number,
  last: number,
): Promise<RunEventRow[]> {
  return client.rows(range, runId, first, last);
}
const range = statement(`
  SELECT ${columns} FROM run_event WHERE tenant_id = $1 AND run_id = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq`);

/** How many bytes of payload are read at once, as far as can be told of what is stored compressed. */
const maxPageBytes = 1_048_576;

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

/** Reads a run's log after a seq; undefined where there is no such run. */
export async function readRunLog(
  client: TenantClient,
  runId: string,
  after: number,
  types: readonly RunEventType[] | null,
  limit: number,
): Promise<LogPage | undefined> {
  const rows = await client.rows<PageRow & { status: RunStatus; last: number }>(
    runLog,
    runId,
    after,
    types,
    limit,
  );
  const [head] = rows;
  if (!head) return undefined;
  return {
    ...present(rows, limit),
    lastSeq: head.last,
    ended: head.status !== "PENDING" && head.status !== "CLAIMED",
  };
}
const runLog = statement(`
  SELECT run.status, run.last_event_seq AS last, event.* FROM run
    LEFT JOIN LATERAL (${pageOf("run_id = run.id", "seq")}) AS event ON true
  WHERE run.tenant_id = $1 AND run.id = $2 ORDER BY event.seq`);

/** Reads the log of a session's runs after a session_seq; undefined where there is no such session. It never ends. */
export async function readSessionLog(
  client: TenantClient,
  sessionId: string,
  after: number,
  types: readonly RunEventType[] | null,
  limit: number,
): Promise<LogPage | undefined> {
  const rows = await client.rows<PageRow & { last: number }>(sessionLog, sessionId, after, types, limit);
  const [head] = rows;
  return head && { ...present(rows, limit), lastSeq: head.last, ended: false };
}
const sessionLog = statement(`
  SELECT session.last_event_seq AS last, event.* FROM session
    LEFT JOIN LATERAL (${pageOf("session_id = session.id", "session_seq")}) AS event ON true
  WHERE session.tenant_id = $1 AND session.id = $2 ORDER BY event."sessionSeq"`);

type PageRow = Partial<RunEventRow> & { found: number | null };

/** Events after $3 of the types $4, at most $5, cut where their payloads become too large; compressed ones count eightfold. */
function pageOf(parent: string, position: string): string {
  const size = `pg_column_size(payload) * CASE WHEN pg_column_compression(payload) IS NULL THEN 1 ELSE 8 END`;
  return `
    SELECT * FROM (
      SELECT ${columns}, count(*) OVER () AS found, sum(${size}) OVER (ORDER BY ${position}) - ${size} AS before FROM (
        SELECT * FROM run_event
        WHERE tenant_id = $1 AND ${parent} AND ${position} > $3 AND ($4::run_event_type[] IS NULL OR type = ANY($4))
        ORDER BY ${position} LIMIT $5
      ) AS run_event
    ) AS page WHERE before < ${maxPageBytes}`;
}

/** A log without events comes as one row of nulls. */
function present(rows: readonly PageRow[], limit: number): Pick<LogPage, "events" | "hasMore"> {
  const events = rows.filter((row): row is RunEventRow & PageRow => row.seq !== null);
  return { events, hasMore: events.length === limit || events.length < (rows[0]?.found ?? 0) };
}
