import type { FailureKind } from "../../domain/failure.js";
import type { Instant } from "../../domain/instant.js";
import type { RunStatus } from "../../domain/run.js";
import { aheadSeconds } from "../../domain/occurrence.js";
import { maxUsage, usageKeys } from "../../domain/usage.js";
import { type EventBatch, type NewEvent, encodeBatch, streamsOf } from "./event-batch.js";
import { activityAfter, lateAtAfter } from "../inbox/late.js";
import type { RunEventRow } from "../row.js";
import { type TenantClient, statement } from "../statement.js";

/** What became of a batch. */
export type BatchOutcome = { runId: string } & (
  | {
      outcome: "STORED";
      firstSeq: number;
      firstSessionSeq: number | null;
      sessionId: string | null;
      createdAt: Instant;
    }
  | { outcome: "REPLAYED"; firstSeq: number; lastSeq: number }
  | { outcome: "MISSING" | "KEY_REUSED" }
  | { outcome: "ENDED"; status: RunStatus; failureKind: FailureKind | null }
  | { outcome: "LEASE"; attempt: number }
  /** Something in it is said to have happened in the future. */
  | { outcome: "AHEAD" }
);

/** Builds the rows of a batch that was stored, without reading them back. */
export function rowsOf(
  tenantId: string,
  { runId, sessionId, firstSeq, firstSessionSeq, createdAt }: Extract<BatchOutcome, { outcome: "STORED" }>,
  events: readonly NewEvent[],
): RunEventRow[] {
  return events.map((event, index) => ({
    ...event,
    occurredAt: event.occurredAt ?? null,
    tenantId,
    runId,
    sessionId,
    createdAt,
    seq: firstSeq + index,
    sessionSeq: firstSessionSeq === null ? null : firstSessionSeq + index,
  }));
}

/**
 * Stores batches for any runs of the tenant in one statement, and accepts or refuses each by itself. The outcomes
 * come in the order of the batches. The statement locks the sessions and then the runs, in the order of their ids.
 * Under these locks it judges the batches, takes seq and sessionSeq, inserts the events, and adds up what they used. While a
 * session is RUNNING, its activity moves at most once a second, since touching an indexed column for each event halves
 * ingestion. No two batches may have the same run and key. Concurrent calls for one key may throw 23505; then call
 * again.
 *
 * `= ANY (ARRAY(...))` and LATERAL keep each access a look-up by primary key. As joins they became scans of the
 * tenant's runs (6.1 ms instead of 1.3 ms for one batch at 1,200 runs).
 */
export function appendEvents(client: TenantClient, batches: readonly EventBatch[]): Promise<BatchOutcome[]> {
  const statements = batches.some(endsStream) ? endingStreams : endingNone;
  return client.rows(statements.inTurn, { batches: JSON.stringify(batches.map(encodeBatch)) });
}

/** What became of a batch if nothing was waited for: BUSY if somebody else has locked its run or its session. */
export type FreeOutcome = BatchOutcome | { runId: string; outcome: "BUSY" };

/** As {@link appendEvents}, but waits for no lock: one row that is held must not hold up batches of others. */
export function appendFreeEvents(
  client: TenantClient,
  batches: readonly EventBatch[],
): Promise<FreeOutcome[]> {
  const statements = batches.some(endsStream) ? endingStreams : endingNone;
  return client.rows(statements.free, { batches: JSON.stringify(batches.map(encodeBatch)) });
}

function endsStream(batch: EventBatch): boolean {
  return streamsOf(batch) !== undefined;
}

/**
 * The SQL of what was used by batches together: whether something was, and how much of each. As floats, which cost a quarter less
 * than whole numbers here and are exact up to where sums stay.
 */
const useSums = `bool_or(used IS NOT NULL) AS uses, ${usageKeys.map((key, place) => `sum(used[${place + 1}]) AS "${key}"`).join(", ")}`;

/** The SQL of what a row has used, after batches of which some used something. It reads `news` and the row alone, as it is under the lock. */
const usageOfRow = (row: string) =>
  `CASE WHEN NOT news.uses THEN ${row}.usage ELSE ARRAY[${usageKeys
    .map(
      (key, place) => `least(coalesce(${row}.usage[${place + 1}], 0)::float8 + news."${key}", ${maxUsage})`,
    )
    .join(", ")}]::bigint[] END`;

/** What moves with the events: counters, times, sums, and the newest plan and model. */
const moved = `moved_session AS (
  UPDATE session SET
    last_event_seq = session.last_event_seq + news.n,
    last_activity_at = ${activityAfter("news")},
    late_at = ${lateAtAfter("news")},
    plan_seq = coalesce(news.plan, plan_seq),
    usage = ${usageOfRow("session")}
  FROM (
    SELECT session_id, sum(n) AS n, max(at) AS at, max(happened) AS happened, max(session_before + plan) AS plan,
      ${useSums}
    FROM placed GROUP BY session_id
  ) AS news
  WHERE tenant_id = :tenantId AND id = news.session_id
), moved_run AS (
  UPDATE run SET last_event_seq = last_event_seq + news.n,
    plan_seq = coalesce(news.plan, plan_seq), model = coalesce(news.model, run.model),
    usage = ${usageOfRow("run")}
  FROM (
    SELECT run, sum(n) AS n, max(before + plan) AS plan, ${useSums},
      (array_agg(model ORDER BY o DESC) FILTER (WHERE model IS NOT NULL))[1] AS model
    FROM placed GROUP BY run
  ) AS news
  WHERE tenant_id = :tenantId AND id = news.run)`;

// Of what was stored, the deltas of the same streams are gone with it. A statement of its own, so that others cost no more. By its key,
// so that one that is waited for goes as its last delta left it: its place in the table is another then.
const endStreams = `, ended_stream AS MATERIALIZED (
  SELECT run, name FROM placed CROSS JOIN jsonb_array_elements_text(ends) AS name
), ended AS (
  DELETE FROM delta_stream WHERE tenant_id = :tenantId AND run_id = ANY (ARRAY(SELECT run FROM ended_stream))
    AND stream_id = ANY (ARRAY(SELECT name FROM ended_stream)) AND (run_id, stream_id) IN (SELECT run, name FROM ended_stream)
)`;

const append = (lock: string, end: string) => `
WITH batch AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(:batches::jsonb)
    AS b(o int, run text, key text, hash text, plain text, token text, may boolean, latest timestamptz,
      timed boolean, plan int, model text, used float8[], ends jsonb, events jsonb)
), named AS MATERIALIZED (
  SELECT id, session_id FROM run WHERE tenant_id = :tenantId AND id = ANY (ARRAY(SELECT run FROM batch))
), held_session AS MATERIALIZED (
  SELECT id, last_event_seq FROM session
  WHERE tenant_id = :tenantId AND id = ANY (ARRAY(SELECT session_id FROM named)) ORDER BY id ${lock}
), held_run AS MATERIALIZED (
  SELECT id, session_id, status, failure_kind, attempt, lease_token_hash, lease_expires_at, last_event_seq FROM run
  WHERE tenant_id = :tenantId AND id = ANY (ARRAY(SELECT id FROM named)) AND (SELECT count(*) FROM held_session) >= 0
    AND (session_id IS NULL OR session_id = ANY (ARRAY(SELECT id FROM held_session)))
  ORDER BY id ${lock}
), clock AS MATERIALIZED (
  SELECT clock_timestamp() AS at FROM (SELECT count(*) FROM held_run) AS held
), judged AS MATERIALIZED (
  SELECT batch.*, jsonb_array_length(events) AS n, held_run.session_id, held_run.status, held_run.failure_kind,
    held_run.attempt, held_run.last_event_seq, earlier.first_seq, earlier.last_seq, clock.at,
    CASE
      WHEN held_run.id IS NULL THEN CASE WHEN run = ANY (ARRAY(SELECT id FROM named)) THEN 'BUSY' ELSE 'MISSING' END
      -- The rule of isSameSent in domain/idempotency.ts.
      WHEN earlier.payload_hash IN (hash, plain) THEN 'REPLAYED'
      WHEN earlier.payload_hash IS NOT NULL THEN 'KEY_REUSED'
      WHEN status NOT IN ('PENDING', 'CLAIMED') THEN 'ENDED'
      -- The rule of whyNotHeld in domain/lease.ts; test/store/lease-rule.test.ts holds the two together.
      WHEN token IS NOT NULL AND (status <> 'CLAIMED' OR lease_token_hash IS DISTINCT FROM token
        OR coalesce(lease_expires_at <= clock.at, true)) THEN 'LEASE'
      WHEN token IS NULL AND status = 'CLAIMED' AND NOT may THEN 'LEASE'
      WHEN latest > clock.at + interval '${aheadSeconds} seconds' THEN 'AHEAD'
      ELSE 'STORED'
    END AS outcome
  FROM batch CROSS JOIN clock
    LEFT JOIN held_run ON held_run.id = run
    LEFT JOIN LATERAL (
      SELECT payload_hash, first_seq, last_seq FROM event_batch
      WHERE tenant_id = :tenantId AND run_id = run AND idempotency_key = key LIMIT 1
    ) AS earlier ON true
), placed AS MATERIALIZED (
  SELECT o, run, key, hash, ends, events, n, session_id, at, plan, model, used,
    CASE WHEN timed THEN latest ELSE greatest(latest, at) END AS happened,
    judged.last_event_seq + sum(n) OVER (PARTITION BY run ORDER BY o) - n AS before,
    held_session.last_event_seq + sum(n) OVER (PARTITION BY session_id ORDER BY o) - n AS session_before
  FROM judged LEFT JOIN held_session ON held_session.id = session_id
  WHERE outcome = 'STORED'
), ${moved}, kept AS (
  INSERT INTO event_batch (tenant_id, run_id, idempotency_key, payload_hash, first_seq, last_seq, created_at)
  SELECT :tenantId, run, key, hash, before + 1, before + n, at FROM placed WHERE key IS NOT NULL
), stored AS (
  INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, redaction_count, payload, created_at,
    occurred_at)
  SELECT :tenantId, run, before + i, session_id, session_before + i,
    (event ->> 0)::run_event_type, (event ->> 1)::int, event -> 2, at, (event ->> 3)::timestamptz
  FROM placed CROSS JOIN jsonb_array_elements(events) WITH ORDINALITY AS e(event, i)
)${end}
SELECT judged.run AS "runId", outcome, judged.session_id AS "sessionId", status, failure_kind AS "failureKind", attempt,
  coalesce(before + 1, first_seq)::int AS "firstSeq", last_seq AS "lastSeq",
  (session_before + 1)::bigint AS "firstSessionSeq", judged.at AS "createdAt"
FROM judged LEFT JOIN placed USING (o) ORDER BY o`;
const statementsOf = (end: string) => ({
  inTurn: statement<BatchOutcome, { batches: string }>(append("FOR NO KEY UPDATE", end)),
  free: statement<FreeOutcome, { batches: string }>(append("FOR NO KEY UPDATE SKIP LOCKED", end)),
});
const endingNone = statementsOf("");
const endingStreams = statementsOf(endStreams);
