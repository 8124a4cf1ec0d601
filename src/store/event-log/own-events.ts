import { activityAfter, lateAtAfter } from "../inbox/late.js";
import { statement } from "../statement.js";
import type { Tx } from "../tx.js";
import { type NewEvent, encodeEvent } from "./event-batch.js";

/** Events that the service writes itself to a run: it needs no lease for them, and the run may have ended. */
export interface OwnEvents {
  run: { id: string; sessionId: string | null };
  events: readonly Omit<NewEvent, "occurredAt">[];
}

/**
 * Appends events to locked runs of locked sessions, each run named once. They happened when
 * the transaction says. Nothing is judged and added up, as it is of what others send: see appendEvents.
 */
export async function appendOwnEvents(tx: Tx, batches: readonly OwnEvents[]): Promise<void> {
  const given = batches.map(({ run, events }, o) => ({
    o,
    run: run.id,
    session: run.sessionId,
    events: events.map(encodeEvent),
  }));
  for (const { run } of batches) tx.touch(run.id, run.sessionId);
  await tx.rows(append, { batches: JSON.stringify(given), occurredAt: tx.occurredAt });
}
// = ANY (ARRAY(...)) keeps what is updated a look-up by key. Activity and late_at move as they do with the events of others; what this
// very transaction has set a moment ago stays, so that no index is written once more.
const append = statement<never, { batches: string; occurredAt: string | null }>(`
  WITH batch AS MATERIALIZED (
    SELECT o, run, session, events, jsonb_array_length(events) AS n
    FROM jsonb_to_recordset(:batches::jsonb) AS b(o int, run text, session text, events jsonb)
  ), clock AS MATERIALIZED (
    SELECT at, coalesce(:occurredAt::timestamptz, at) AS happened FROM (SELECT clock_timestamp() AS at) AS now
  ), moved_run AS (
    UPDATE run SET last_event_seq = last_event_seq + (SELECT sum(n) FROM batch WHERE batch.run = run.id)
    WHERE tenant_id = :tenantId AND id = ANY (ARRAY(SELECT run FROM batch)) RETURNING id, last_event_seq
  ), moved_session AS (
    UPDATE session SET last_event_seq = last_event_seq + (SELECT sum(n) FROM batch WHERE batch.session = session.id),
      last_activity_at = CASE WHEN xmin = pg_current_xact_id()::xid AND :occurredAt::timestamptz IS NULL THEN last_activity_at
        ELSE ${activityAfter("clock")} END,
      late_at = ${lateAtAfter("clock")}
    FROM clock
    WHERE tenant_id = :tenantId AND id = ANY (ARRAY(SELECT session FROM batch)) RETURNING id, last_event_seq
  ), placed AS MATERIALIZED (
    SELECT o, run, session, events, (SELECT last_event_seq FROM moved_run WHERE id = run) - n AS before,
      (SELECT last_event_seq FROM moved_session WHERE id = session)
        - sum(n) OVER (PARTITION BY session ORDER BY o DESC) AS session_before
    FROM batch
  )
  INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, redaction_count, payload, created_at, occurred_at)
  SELECT :tenantId, run, before + i, session, session_before + i, (event ->> 0)::run_event_type, (event ->> 1)::int, event -> 2,
    clock.at, :occurredAt::timestamptz
  FROM clock CROSS JOIN placed CROSS JOIN jsonb_array_elements(events) WITH ORDINALITY AS e(event, i)`);
