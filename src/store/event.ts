import type { RunEventType } from "../domain/event.js";
import { Prisma } from "../generated/prisma/client.js";
import { type Listing, conditions } from "./listing/listing.js";
import { type RunEventRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";

/** All columns of an event. */
export const eventColumns = selectList(Object.keys(Prisma.RunEventScalarFieldEnum), "run_event");

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

/** The events at these places that there are. */
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

/** The events of one run from one seq to another, both included. */
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
