import { maxStreams, silenceSeconds } from "../../domain/delta.js";
import type { RunEventType } from "../../domain/event.js";
import type { FailureKind } from "../../domain/failure.js";
import type { Instant } from "../../domain/instant.js";
import type { RunStatus } from "../../domain/run.js";
import { shownMax } from "../../domain/redaction/growing-text.js";
import { type TenantClient, statement } from "../statement.js";

/** Names a stream, with the hash of the lease token that its sender has. */
export interface StreamWriter {
  runId: string;
  streamId: string;
  leaseTokenHash: string;
}

/** How a stream stands after its last delta. */
export interface StreamState {
  type: RunEventType;
  /** Tells it from an earlier stream of the same name. */
  beganAt: Instant;
  /** How many code points its runner has sent, and how many bytes they are. */
  sent: number;
  sentBytes: number;
  /** The end of what followers may see. */
  shown: string;
  /** What is held back. */
  tail: string;
  /** Hashes of what was taken out. */
  taken: readonly string[];
}

/** What a delta adds to a stream. */
export interface Growth {
  /** How many code points and bytes were sent with it in all. */
  sent: number;
  sentBytes: number;
  /** What followers may see now, and how many code points that is. */
  shown: string;
  shownLength: number;
  /** What is held back now. */
  tail: string;
  /** Hashes of all that was taken out. */
  taken: readonly string[];
}

/** The run of a stream, and whether its sender holds it. */
export interface HeldRun {
  id: string;
  sessionId: string | null;
  status: RunStatus;
  failureKind: FailureKind | null;
  attempt: number;
  verdict: "HELD" | "ENDED" | "LEASE";
}

// The rule of whyNotHeld in domain/lease.ts for a sender that needs a token; test/store/lease-rule.test.ts holds the two together.
const held = `
  held AS MATERIALIZED (
    SELECT id, session_id, status, failure_kind, attempt,
      CASE WHEN status NOT IN ('PENDING', 'CLAIMED') THEN 'ENDED'
        WHEN status <> 'CLAIMED' OR lease_token_hash IS DISTINCT FROM :leaseTokenHash
          OR coalesce(lease_expires_at <= clock_timestamp(), true) THEN 'LEASE'
        ELSE 'HELD' END AS verdict
    FROM run WHERE tenant_id = :tenantId AND id = :runId
  )`;
const heldColumns = `held.id, held.session_id AS "sessionId", held.status, held.failure_kind AS "failureKind", held.attempt, held.verdict`;
const itself = `tenant_id = :tenantId AND run_id = :runId AND stream_id = :streamId`;
const silent = `touched_at <= clock_timestamp() - interval '${silenceSeconds} seconds'`;

/** Reads how a stream stands, null for one that is not open, and its run; undefined if there is no such run. */
export async function readStream(
  client: TenantClient,
  writer: StreamWriter,
): Promise<(HeldRun & { stream: StreamState | null }) | undefined> {
  return (await client.rows(read, { ...writer }))[0];
}
const read = statement<HeldRun & { stream: StreamState | null }, StreamWriter>(`
  WITH ${held}
  SELECT ${heldColumns}, (
    SELECT jsonb_build_object('type', type, 'beganAt', began_at::text, 'sent', sent, 'sentBytes', sent_bytes,
      'shown', right(text, ${shownMax}), 'tail', tail, 'taken', taken)
    FROM delta_stream WHERE ${itself} AND attempt = held.attempt AND NOT ${silent}
  ) AS stream FROM held`);

/** What became of the first delta of a stream. It has no `beganAt` if it was refused, and no `slot` if the run has no room. */
export type Begun = HeldRun & { beganAt: Instant | null; slot: number | null };

/**
 * Begins a stream, anew if it is there, and gives its run with it; undefined if there is no such run. Takes the room of
 * streams of the run that have ended. Throws 23505 if another stream took the same room meanwhile; then call again. Locks
 * no run.
 */
export async function beginStream(
  client: TenantClient,
  writer: StreamWriter,
  growth: Growth & { type: RunEventType },
): Promise<Begun | undefined> {
  return (await client.rows(begin, { ...writer, ...growth }))[0];
}
const begin = statement<Begun, StreamWriter & Growth & { type: RunEventType }>(`
  WITH ${held}, gone AS (
    DELETE FROM delta_stream USING held
    WHERE tenant_id = :tenantId AND run_id = :runId AND stream_id <> :streamId AND held.verdict = 'HELD'
      AND (delta_stream.attempt <> held.attempt OR ${silent})
    RETURNING slot
  ), room AS MATERIALIZED (
    SELECT min(n) AS slot FROM generate_series(0, ${maxStreams - 1}) AS n WHERE n <> ALL (ARRAY(
      SELECT slot FROM delta_stream WHERE tenant_id = :tenantId AND run_id = :runId AND stream_id <> :streamId
        AND slot <> ALL (ARRAY(SELECT slot FROM gone))))
  ), begun AS (
    INSERT INTO delta_stream AS old (tenant_id, run_id, stream_id, session_id, slot, type, attempt, began_at, touched_at,
      sent, sent_bytes, text, length, tail, taken)
    SELECT :tenantId, :runId, :streamId, session_id, slot, :type::run_event_type, attempt, clock_timestamp(), clock_timestamp(),
      :sent::int, :sentBytes::int, :shown, :shownLength::int, :tail, :taken::text[]
    FROM held CROSS JOIN room WHERE verdict = 'HELD' AND slot IS NOT NULL
    ON CONFLICT (tenant_id, run_id, stream_id) DO UPDATE
      SET type = excluded.type, attempt = excluded.attempt, began_at = excluded.began_at, touched_at = excluded.touched_at,
        sent = excluded.sent, sent_bytes = excluded.sent_bytes, text = excluded.text, length = excluded.length, tail = excluded.tail,
        taken = excluded.taken
    RETURNING began_at
  )
  SELECT ${heldColumns}, room.slot, (SELECT began_at FROM begun) AS "beganAt" FROM held CROSS JOIN room`);

/**
 * Adds a delta to a stream that stands as the sender thinks, and gives its run and whether that was so; undefined if there is
 * no such run. Locks the stream's row alone.
 */
export async function growStream(
  client: TenantClient,
  writer: StreamWriter,
  from: Pick<StreamState, "beganAt" | "sent">,
  growth: Growth,
): Promise<(HeldRun & { grown: boolean }) | undefined> {
  const { beganAt, sent: offset } = from;
  return (await client.rows(grow, { ...writer, ...growth, beganAt, offset }))[0];
}
const grow = statement<
  HeldRun & { grown: boolean },
  StreamWriter & Growth & { beganAt: Instant; offset: number }
>(`
  WITH ${held}, grown AS (
    UPDATE delta_stream SET sent = :sent::int, sent_bytes = :sentBytes::int, text = text || :shown,
      length = length + :shownLength::int, tail = :tail, taken = :taken::text[], touched_at = clock_timestamp()
    FROM held WHERE ${itself} AND sent = :offset::int AND began_at = :beganAt::timestamptz
      AND delta_stream.attempt = held.attempt AND held.verdict = 'HELD' AND NOT ${silent}
    RETURNING 1
  )
  SELECT ${heldColumns}, EXISTS (SELECT FROM grown) AS grown FROM held`);
