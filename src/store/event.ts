import type { RunEventType } from "../domain/event.js";
import { Prisma } from "../generated/prisma/client.js";
import { type Listing, conditions } from "./listing/listing.js";
import { type RowSource, type RunEventRow, columnsOf, selectOf } from "./row.js";
import { type TenantClient, statement } from "./statement.js";

const columns = columnsOf(Object.keys(Prisma.RunEventScalarFieldEnum), "run_event");

/** The select list of an event, with all its columns. */
export const eventColumns = selectOf(columns);

/** Events, each with the id that {@link eventId} makes. */
export const eventSource: RowSource = {
  table: "run_event",
  columns: {
    ...columns,
    id: "'evt_' || substr(run_event.run_id, 5) || lpad(to_hex(run_event.seq), 8, '0')",
  },
};

/** When an event happened. */
export const happenedAt = "coalesce(run_event.occurred_at, run_event.created_at)";

/** What an event's payload has under a key, of whatever type it is. */
export function valueIn(key: string): string {
  return `run_event.payload->'${key}'`;
}

/** The text that an event's payload has under a key; null if it has none. */
export function textIn(key: string): string {
  return `CASE WHEN jsonb_typeof(${valueIn(key)}) = 'string' THEN run_event.payload->>'${key}' END`;
}

/** Whether an event's payload has true under a key. */
export function flagIn(key: string): string {
  return `coalesce(${valueIn(key)} = 'true'::jsonb, false)`;
}

/** Which events a list holds. A condition that is left out or null does not narrow it. */
export interface EventFilter {
  types?: readonly RunEventType[] | null;
  /** Only events with a greater seq in their run. */
  afterSeq?: number | null;
}

/** Lists the events of each run by seq, oldest first. */
export function runEventListing(filter: EventFilter): Listing {
  return eventListing("run_id", { field: "seq", type: "int" }, filter);
}

/** Lists the events of each session over all its runs by sessionSeq, oldest first. */
export function sessionEventListing(filter: EventFilter): Listing {
  return eventListing("session_id", { field: "sessionSeq", type: "bigint" }, filter);
}

function eventListing(parentColumn: string, key: Listing["order"][number], filter: EventFilter): Listing {
  return {
    table: "run_event",
    columns: eventColumns,
    parentColumn,
    where: conditions(
      ["run_event.type = ANY(?::run_event_type[])", filter.types],
      ["run_event.seq > ?::int", filter.afterSeq],
    ),
    order: [key],
    direction: "asc",
  };
}

/** Reads the events with these runs and seqs. Those that do not exist are left out. */
export function findEvents(
  client: TenantClient,
  places: readonly { runId: string; seq: number }[],
): Promise<RunEventRow[]> {
  return client.rows(byPlaces, {
    runIds: places.map(({ runId }) => runId),
    seqs: places.map(({ seq }) => seq),
  });
}
const byPlaces = statement<RunEventRow, { runIds: readonly string[]; seqs: readonly number[] }>(`
  SELECT ${eventColumns} FROM unnest(:runIds::text[], :seqs::int[]) AS place (run_id, seq)
    JOIN run_event ON run_event.tenant_id = :tenantId AND run_event.run_id = place.run_id AND run_event.seq = place.seq`);

/** Reads the events with these numbers in their sessions. Those that do not exist are left out. */
export function findEventsOfSessions(
  client: TenantClient,
  places: readonly { sessionId: string; sessionSeq: number }[],
): Promise<RunEventRow[]> {
  return client.rows(bySessionPlaces, {
    sessionIds: places.map(({ sessionId }) => sessionId),
    seqs: places.map(({ sessionSeq }) => sessionSeq),
  });
}
const bySessionPlaces = statement<RunEventRow, { sessionIds: readonly string[]; seqs: readonly number[] }>(`
  SELECT ${eventColumns} FROM unnest(:sessionIds::text[], :seqs::bigint[]) AS place (session_id, session_seq)
    JOIN run_event ON run_event.tenant_id = :tenantId AND run_event.session_id = place.session_id
      AND run_event.session_seq = place.session_seq`);

/** Reads the events of one run from one seq to another, both included, oldest first. */
export function readEventRange(
  client: TenantClient,
  runId: string,
  first: number,
  last: number,
): Promise<RunEventRow[]> {
  return client.rows(range, { runId, first, last });
}
const range = statement<RunEventRow, { runId: string; first: number; last: number }>(`
  SELECT ${eventColumns} FROM run_event WHERE tenant_id = :tenantId AND run_id = :runId AND seq BETWEEN :first AND :last ORDER BY seq`);
