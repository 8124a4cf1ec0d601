/*
 * Most sessions begin in the same way: a root of a new name, its first run, and often its first turn. All of it is one statement,
 * without a transaction around it. In several, the session's row is written twice or three times over, each time in all of its indexes, and the
 * tenant's row is locked while answers go back and forth: that takes three times as long. What begins otherwise, and what turns out to
 * (its name or key is known, a race was lost), goes the way of everything else, through a transaction.
 */
import type { Instant } from "../domain/instant.js";
import type { JsonObject } from "../domain/json-value.js";
import { aheadSeconds } from "../domain/occurrence.js";
import { reasonOf } from "../domain/inbox/attention.js";
import { type Execution, idle, running } from "../domain/session.js";
import { sessionsTopic, topicOf } from "../domain/topic.js";
import { type NewCommand, commandSource } from "./command.js";
import { isLostRace } from "./database-error.js";
import { lateAtOf } from "./inbox/late.js";
import { type CommandRow, type RunRow, selectOf } from "./row.js";
import { type FirstEvent, type NewRun, type RunValues, insertedRun, runColumns, runValues } from "./run.js";
import { type NewSession, type SessionValues, holdName, insertedSession, sessionValues } from "./session.js";
import { takeVersion } from "./stamp.js";
import { statement } from "./statement.js";
import type { TenantStore } from "./store.js";

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
 * Stores what begins and wakes the followers. Gives undefined, with nothing stored, if the session's name or the run's key is taken, if
 * it is said to have happened in the future, or if another was quicker.
 */
export async function beginSession(store: TenantStore, beginning: Beginning): Promise<Begun | undefined> {
  const { tenantId } = store;
  const { session, run } = beginning;
  const values = valuesOf(beginning);
  const row = await store.share.use(() => storeOnce(store, values));
  if (!row) return undefined;
  store.wake(new Set([topicOf(tenantId, run.id), topicOf(tenantId, session.id), sessionsTopic(tenantId)]));
  return begunOf(row);
}

async function storeOnce(store: TenantStore, values: Values): Promise<Row | undefined> {
  try {
    const [row] = await store.rows(begin, values);
    return row;
  } catch (error) {
    if (isLostRace(error)) return undefined;
    throw error;
  }
}

/** The run, and beside it the command's fields by their names behind {@link ofCommand}: all null without a turn. */
type Row = RunRow & Record<string, unknown>;
const ofCommand = "command ";

function begunOf(row: Row): Begun {
  const of = (isCommand: boolean) =>
    Object.entries(row).filter(([name]) => name.startsWith(ofCommand) === isCommand);
  const command = of(true).map(([name, value]) => [name.slice(ofCommand.length), value]);
  const run = Object.fromEntries(of(false)) as RunRow;
  return {
    run,
    command: row[`${ofCommand}id`] === null ? null : (Object.fromEntries(command) as CommandRow),
  };
}

type Values = SessionValues &
  RunValues & {
    executionState: Execution["executionState"];
    reason: string;
    activeRunId: string | null;
    commandId: string | null;
    payload: JsonObject | null;
    commandHash: string | null;
    events: string;
    eventCount: number;
  };

function valuesOf({ session, run, turn, events, occurredAt }: Beginning): Values {
  const execution = turn ? running : idle;
  const { reason } = reasonOf(execution, { approvalSince: null, questionSince: null }, false);
  return {
    ...sessionValues(session, occurredAt),
    ...runValues(run),
    sessionId: session.id,
    executionState: execution.executionState,
    reason,
    activeRunId: turn && run.id,
    commandId: turn?.id ?? null,
    payload: turn?.payload ?? null,
    commandHash: turn?.payloadHash ?? null,
    events: JSON.stringify(events),
    eventCount: events.length,
  };
}

const commandColumns = selectOf(
  Object.fromEntries(
    Object.entries(commandSource.columns).map(([field, sql]) => [`${ofCommand}${field}`, sql]),
  ),
);

// Each part reads from the one before it, which has them done in the order in which everything is locked: name, key, tenant. What the
// session is made with is what the steps of a transaction make of it: test/store/begin.test.ts holds the two together.
const begin = statement<Row, Values>(`
  WITH free AS MATERIALIZED (
    SELECT ${holdName} FROM (SELECT) AS one
    WHERE NOT EXISTS (SELECT FROM session WHERE tenant_id = :tenantId AND name = :name AND NOT removing)
      AND coalesce(:occurredAt::timestamptz <= clock_timestamp() + interval '${aheadSeconds} seconds', true)
  ), clock AS MATERIALIZED (
    SELECT clock_timestamp() AS at FROM free
  ), made_run AS (
    INSERT INTO run (${insertedRun.columns}, last_event_seq, last_command_seq)
    SELECT ${insertedRun.values}, :eventCount::int, (:commandId::text IS NOT NULL)::int FROM clock
    ON CONFLICT (tenant_id, project_id, idempotency_key) DO NOTHING RETURNING ${runColumns}
  ), taken AS (
    ${takeVersion("SELECT :tenantId, 1 FROM made_run")}
  ), made_session AS (
    INSERT INTO session (${insertedSession.columns}, last_event_seq, version, change_version, first_version, late_at, execution_state,
      active, reason, active_run_id, active_command_id, last_command_id)
    SELECT ${insertedSession.values}, :eventCount::int, version, version, version, ${lateAtOf("coalesce(:occurredAt::timestamptz, at)")},
      :executionState::session_execution_state, :executionState = 'RUNNING', :reason::attention_reason, :activeRunId, :commandId, :commandId
    FROM clock CROSS JOIN taken
  ), made_command AS (
    INSERT INTO command (tenant_id, id, run_id, session_id, seq, type, payload, payload_hash, event_seq, session_seq, created_at, updated_at)
    SELECT :tenantId, :commandId, :runId, :sessionId, 1, 'TURN', :payload::jsonb, :commandHash, :eventCount::int, :eventCount::int, at, at
    FROM clock CROSS JOIN taken WHERE :commandId::text IS NOT NULL RETURNING ${commandColumns}
  ), told AS (
    INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, redaction_count, payload, created_at, occurred_at)
    SELECT :tenantId, :runId, i, :sessionId, i, 'BACKEND_STATUS', (event ->> 'redactionCount')::int, event -> 'payload', at, :occurredAt::timestamptz
    FROM clock CROSS JOIN taken CROSS JOIN jsonb_array_elements(:events::jsonb) WITH ORDINALITY AS e(event, i)
  )
  SELECT * FROM made_run LEFT JOIN made_command ON true`);
