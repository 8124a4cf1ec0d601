import type { RunEventType } from "../../domain/event.js";
import type { Instant } from "../../domain/instant.js";
import type { JsonObject } from "../../domain/json-value.js";
import { type TenantClient, statement } from "../statement.js";

/** A stretch of a session's log. */
export interface Stretch {
  sessionId: string;
  fromSeq: number;
  toSeq: number;
  /** Events up to this one are read whatever their size. */
  freeSeq: number;
}

/** An event of a session, as it is indexed and found. */
export interface TextRow {
  sessionId: string;
  sessionSeq: number;
  runId: string;
  seq: number;
  type: RunEventType;
  /** Null where its type has no text. */
  payload: JsonObject | null;
  /** What the command says that the event tells of. */
  command: JsonObject | null;
  /** When it happened. */
  at: Instant;
}

/** What is read of stretches: the payloads of these types, and about so many bytes and no more than so many events of each. */
export interface TextSearch {
  types: readonly RunEventType[];
  bytes: number;
  events: number;
}

/**
 * Reads the events of stretches, in their order: at least the first of each, and more while their payloads are small. Those
 * that were removed are left out.
 */
export function readTexts(
  client: TenantClient,
  stretches: readonly Stretch[],
  { types, bytes, events }: TextSearch,
): Promise<TextRow[]> {
  return client.rows(texts, {
    ids: stretches.map(({ sessionId }) => sessionId),
    froms: stretches.map(({ fromSeq }) => fromSeq),
    tos: stretches.map(({ toSeq }) => toSeq),
    frees: stretches.map(({ freeSeq }) => freeSeq),
    types,
    bytes,
    events,
  });
}
type Asked = Record<"froms" | "tos" | "frees", readonly number[]> & { ids: readonly string[] };
// A compressed payload counts as eight times its stored size. What a command says is small beside what its run prints.
const size = `CASE WHEN session_seq <= asked.free THEN 0
  ELSE pg_column_size(payload) * CASE WHEN pg_column_compression(payload) IS NULL THEN 1 ELSE 8 END END`;
const tellsCommand = `event.type = 'BACKEND_STATUS' AND event.payload ->> 'phase' = 'command-created'`;
const texts = statement<TextRow, Asked & TextSearch>(`
  SELECT asked.id AS "sessionId", event.session_seq AS "sessionSeq", event.run_id AS "runId", event.seq, event.type,
    CASE WHEN event.type = ANY(:types::run_event_type[]) AND (event.type <> 'BACKEND_STATUS' OR command.id IS NOT NULL)
      THEN event.payload END AS payload,
    command.payload AS command, coalesce(event.occurred_at, event.created_at) AS at
  FROM unnest(:ids::text[], :froms::bigint[], :tos::bigint[], :frees::bigint[]) WITH ORDINALITY
      AS asked (id, first, last, free, place)
    CROSS JOIN LATERAL (
      SELECT *, sum(${size}) OVER (ORDER BY session_seq) - ${size} AS before FROM (
        SELECT * FROM run_event
        WHERE tenant_id = :tenantId AND session_id = asked.id AND session_seq BETWEEN asked.first AND asked.last
        ORDER BY session_seq LIMIT :events
      ) AS page
    ) AS event
    LEFT JOIN command ON ${tellsCommand} AND command.tenant_id = :tenantId AND command.id = event.payload ->> 'commandId'
      AND command.run_id = event.run_id AND command.event_seq = event.seq
  WHERE event.before < :bytes::bigint
  ORDER BY asked.place, event.session_seq`);
