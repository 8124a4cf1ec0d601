/*
 * Most sessions begin in the same way: a root of a new name, its first run, and often its first turn. All of it is one statement,
 * without a transaction around it. In several, the session's row is written twice or three times over, each time in all of its indexes, and the
 * tenant's row is locked while answers go back and forth: that takes three times as long. What begins otherwise, and what turns out to
 * (its name or key is known, a race was lost), goes the way of everything else, through a transaction.
 */
import { reasonOf } from "../../domain/inbox/attention.js";
import type { Instant } from "../../domain/instant.js";
import { aheadSeconds } from "../../domain/occurrence.js";
import { idle, running } from "../../domain/session.js";
import { type NewCommand, commandSource } from "../command.js";
import { lateAtOf } from "../inbox/late.js";
import { type CommandRow, type RunRow, selectOf } from "../row.js";
import { type FirstEvent, type NewRun, runColumns } from "../run.js";
import { type NewSession, foldTitle, nameKey } from "../session.js";
import { takeVersion } from "../stamp.js";
import { type TenantClient, findsAny, statement } from "../statement.js";

/** What begins: a root and its first run, with or without a first turn, and what they tell of themselves, in this order. */
export interface Beginning {
  session: NewSession;
  run: NewRun;
  turn: NewCommand | null;
  events: readonly FirstEvent[];
  /** When it happened; null for now. */
  occurredAt: Instant | null;
}

/** A run as it began, and its first turn. */
export interface Begun {
  run: RunRow;
  command: CommandRow | null;
}

/**
 * Stores what begins, all with one version. No two may have the same name, or the same project and key. Gives each as it began, in their
 * order; undefined, with nothing of it stored, if its session's name or its run's key is taken, or it is said to have happened in the future.
 * Throws 23505 if another takes a name in the meantime.
 */
export async function beginSessions(
  client: TenantClient,
  beginnings: readonly Beginning[],
): Promise<(Begun | undefined)[]> {
  const rows = await client.rows(begin, { given: JSON.stringify(beginnings.map(encode)) });
  const byRun = new Map(rows.map((row) => [row.id, begunOf(row)]));
  return beginnings.map(({ run }) => byRun.get(run.id));
}

/** The run, and beside it the command's fields by their names behind {@link ofCommand}: all null without a turn. */
type Row = RunRow & Record<string, unknown>;
const ofCommand = "command ";

function begunOf(row: Row): Begun {
  const of = (isCommand: boolean) =>
    Object.entries(row).filter(([name]) => name.startsWith(ofCommand) === isCommand);
  const command = of(true).map(([name, value]) => [name.slice(ofCommand.length), value]);
  return {
    run: Object.fromEntries(of(false)) as RunRow,
    command: row[`${ofCommand}id`] === null ? null : (Object.fromEntries(command) as CommandRow),
  };
}

/** What begins in the form in which the statement reads it: see {@link given}. */
function encode({ session, run, turn, events, occurredAt }: Beginning) {
  const { executionState } = turn ? running : idle;
  const unasked = { approvalSince: null, questionSince: null };
  return {
    session: session.id,
    name: session.name,
    project: session.projectId,
    profile: session.backendProfile,
    conversation: session.conversationId,
    thread: session.threadId,
    title: session.title,
    folded: foldTitle(session.title),
    about: session.metadata,
    expires: session.expiresAt,
    call: session.parentToolCallId,
    state: executionState,
    reason: reasonOf(turn ? running : idle, unasked, false).reason,
    run: run.id,
    bundle: run.resourceBundle,
    metadata: run.metadata,
    attempts: run.maxAttempts,
    parallel: run.parallel,
    key: run.idempotencyKey,
    hash: run.payloadHash,
    command: turn?.id,
    payload: turn?.payload,
    asked: turn?.payloadHash,
    n: events.length,
    events,
    happened: occurredAt,
  };
}
const given = `given(session text, name text, project text, profile text, conversation text, thread text, title text, folded text,
  about jsonb, expires timestamptz, call text, state session_execution_state, reason attention_reason, run text, bundle jsonb,
  metadata jsonb, attempts int, parallel boolean, key text, hash text, command text, payload jsonb, asked text, n int, events jsonb,
  happened timestamptz)`;

const commandColumns = selectOf(
  Object.fromEntries(
    Object.entries(commandSource.columns).map(([field, sql]) => [`${ofCommand}${field}`, sql]),
  ),
);

// Each part reads from the one before it, which has them done in the order in which everything is locked: names, keys, tenant; those of a
// kind by themselves in one order too. What a session is made with is what the steps of a transaction make of it: test/store/begin.test.ts
// holds the two together.
const begin = statement<Row, { given: string }>(`
  WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(:given::jsonb) AS ${given}
  ), held AS MATERIALIZED (
    SELECT run, pg_advisory_xact_lock(${nameKey.space}, name_key) FROM (
      SELECT run, ${nameKey.of("given.name")} AS name_key FROM given
      WHERE NOT ${findsAny("FROM session WHERE tenant_id = :tenantId AND name = given.name AND NOT removing")}
        AND coalesce(happened <= clock_timestamp() + interval '${aheadSeconds} seconds', true)
      ORDER BY name_key
    ) AS free
  ), clock AS MATERIALIZED (
    SELECT clock_timestamp() AS at FROM (SELECT count(*) FROM held) AS all_of_them
  ), made_run AS (
    INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, resource_bundle, metadata, max_attempts, parallel,
      idempotency_key, payload_hash, last_event_seq, last_command_seq, created_at, updated_at)
    SELECT :tenantId, run, project, profile, session, bundle, metadata, attempts, parallel, key, hash, n, (command IS NOT NULL)::int, at, at
    FROM given JOIN held USING (run) CROSS JOIN clock ORDER BY project, key
    ON CONFLICT (tenant_id, project_id, idempotency_key) DO NOTHING RETURNING ${runColumns}
  ), taken AS (
    ${takeVersion("SELECT :tenantId, 1 FROM (SELECT count(*) AS n FROM made_run) AS made WHERE n > 0")}
  ), begun AS MATERIALIZED (
    SELECT given.*, at, coalesce(happened, at) AS happened_at, version
    FROM given JOIN made_run ON made_run.id = run CROSS JOIN clock CROSS JOIN taken
  ), made_session AS (
    INSERT INTO session (tenant_id, id, name, project_id, backend_profile, conversation_id, thread_id, title, folded_title, metadata,
      expires_at, parent_tool_call_id, last_event_seq, version, change_version, first_version, execution_state, active, reason,
      active_run_id, active_command_id, last_run_id, last_command_id, reason_since, last_activity_at, late_at, created_at, updated_at)
    SELECT :tenantId, session, name, project, profile, conversation, thread, title, folded, about, expires, call, n, version, version, version,
      state, state = 'RUNNING', reason, CASE WHEN command IS NOT NULL THEN run END, command, run, command, happened_at, happened_at,
      ${lateAtOf("happened_at")}, at, at
    FROM begun
  ), made_command AS (
    INSERT INTO command (tenant_id, id, run_id, session_id, seq, type, payload, payload_hash, event_seq, session_seq, created_at, updated_at)
    SELECT :tenantId, command, run, session, 1, 'TURN', payload, asked, n, n, at, at FROM begun WHERE command IS NOT NULL
    RETURNING ${commandColumns}
  ), told AS (
    INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, redaction_count, payload, created_at, occurred_at)
    SELECT :tenantId, run, i, session, i, 'BACKEND_STATUS', (event ->> 'redactionCount')::int, event -> 'payload', at, happened
    FROM begun CROSS JOIN jsonb_array_elements(events) WITH ORDINALITY AS e(event, i)
  )
  SELECT * FROM made_run LEFT JOIN made_command ON "${ofCommand}runId" = id`);
