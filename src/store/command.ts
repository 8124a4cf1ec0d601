import type { CommandState, CommandType } from "../domain/command.js";
import { type Outcome, type RunStatus, isEnded } from "../domain/run.js";
import { Prisma } from "../generated/prisma/client.js";
import type { Listing } from "./listing/listing.js";
import { type CommandRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";
import type { TenantStore } from "./store.js";
import type { Tx } from "./transaction.js";
import type { JsonObject } from "../domain/json-value.js";

const columns = selectList(Object.keys(Prisma.CommandScalarFieldEnum), "command");

/** The commands of these ids that there are. */
export function findCommands(client: TenantClient, ids: readonly string[]): Promise<CommandRow[]> {
  return client.rows(byIds, ids);
}
const byIds = statement(`SELECT ${columns} FROM command WHERE tenant_id = $1 AND id = ANY($2::text[])`);

/** What of a command never changes and says what to lock; undefined where there is no such command. */
export async function findCommandPlace(
  store: TenantStore,
  commandId: string,
): Promise<{ runId: string; sessionId: string | null; type: CommandType } | undefined> {
  const where = { tenantId_id: { tenantId: store.tenantId, id: commandId } };
  const select = { runId: true, sessionId: true, type: true } as const;
  return (await store.prisma.command.findUnique({ where, select })) ?? undefined;
}

/** The command of the run that was created with this key, if any. */
export async function findCommandByKey(tx: Tx, runId: string, key: string): Promise<CommandRow | undefined> {
  return (await tx.rows<CommandRow>(byKey, runId, key))[0];
}
const byKey = statement(
  `SELECT ${columns} FROM command WHERE tenant_id = $1 AND run_id = $2 AND idempotency_key = $3`,
);

/** Locks a command, after its session and run, and reads it as it then is. */
export async function lockCommand(tx: Tx, id: string): Promise<CommandRow | undefined> {
  return (await tx.rows<CommandRow>(lock, id))[0];
}
const lock = statement(`SELECT ${columns} FROM command WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`);

/** Locks the commands of a run that have not ended, oldest first. */
export function lockLiveCommands(tx: Tx, runId: string): Promise<CommandRow[]> {
  return tx.rows(lockLive, runId);
}
const lockLive = statement(`
  SELECT ${columns} FROM command WHERE tenant_id = $1 AND run_id = $2 AND state IN ('PENDING', 'ACKNOWLEDGED')
  ORDER BY seq FOR NO KEY UPDATE`);

/** Inserts a PENDING command into a locked run. */
export async function insertCommand(
  tx: Tx,
  command: {
    id: string;
    runId: string;
    sessionId: string | null;
    seq: number;
    type: CommandType;
    payload: JsonObject;
    payloadHash: string;
    idempotencyKey: string | null;
    eventSeq: number;
    sessionSeq: number | null;
  },
): Promise<void> {
  const { id, runId, sessionId, seq, type, payload, payloadHash, idempotencyKey, eventSeq, sessionSeq } =
    command;
  await tx.rows(
    insert,
    id,
    runId,
    sessionId,
    seq,
    type,
    payload,
    payloadHash,
    idempotencyKey,
    eventSeq,
    sessionSeq,
  );
}
const insert = statement(`
  INSERT INTO command (tenant_id, id, run_id, session_id, seq, type, payload, payload_hash, idempotency_key, event_seq,
    session_seq, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp(), clock_timestamp())`);

/** Marks a locked PENDING command as acknowledged. */
export async function saveAcknowledgement(tx: Tx, commandId: string): Promise<void> {
  await tx.rows(acknowledge, commandId);
}
const acknowledge = statement(`
  UPDATE command SET state = 'ACKNOWLEDGED', acknowledged_at = clock.at, updated_at = clock.at
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = $1 AND id = $2`);

/** Ends locked commands, all alike; their `command-terminal` events follow one another in their order from `firstSeq` on. */
export async function saveCommandEnds(
  tx: Tx,
  commandIds: readonly string[],
  state: CommandState,
  end: Outcome,
  firstSeq: number,
): Promise<void> {
  if (commandIds.length === 0) return;
  const { terminalStatus, failureKind, failureMessage } = end;
  await tx.rows(saveEnds, commandIds, state, terminalStatus, failureKind, failureMessage, firstSeq);
}
const saveEnds = statement(`
  UPDATE command SET state = $3, terminal_status = $4, failure_kind = $5, failure_message = $6,
    end_event_seq = $7::int + array_position($2::text[], id) - 1, updated_at = clock_timestamp()
  WHERE tenant_id = $1 AND id = ANY($2::text[])`);

/** The commands of each run, oldest first, in these states (any where left out). */
export function commandListing(states: readonly CommandState[] | null): Listing {
  return {
    table: "command",
    columns,
    parentColumn: "run_id",
    where: states ? [{ sql: "command.state = ANY(?::command_state[])", value: states }] : [],
    order: [{ field: "seq", type: "int" }],
    direction: "asc",
  };
}

/** A command, and the seq of the event that created or ended it. */
export type ChangedCommand = CommandRow & { changedSeq: number };

/** What a follower of a run's commands reads at once, in one snapshot. */
export interface CommandChanges {
  /** Those that were created or ended after its place, each once as it stands now, by `changedSeq`. */
  commands: ChangedCommand[];
  /** The seq of the run's newest event. */
  lastSeq: number;
  /** True where no event will follow `lastSeq`. */
  ended: boolean;
}

/** Reads the commands of a run that were created or ended by events after a seq; undefined where there is no such run. */
export async function readCommandChanges(
  client: TenantClient,
  runId: string,
  after: number,
  limit: number,
): Promise<CommandChanges | undefined> {
  const rows = await client.rows<Partial<ChangedCommand> & { runStatus: RunStatus; last: number }>(
    changes,
    runId,
    after,
    limit,
  );
  const [head] = rows;
  if (!head) return undefined;
  return {
    commands: rows.filter((row): row is ChangedCommand & typeof head => row.id !== null),
    lastSeq: head.last,
    ended: isEnded(head.runStatus),
  };
}
const changes = statement(`
  SELECT run.status AS "runStatus", run.last_event_seq AS last, changed.* FROM run
    LEFT JOIN LATERAL (
      SELECT ${columns}, greatest(event_seq, end_event_seq) AS "changedSeq" FROM command
      WHERE tenant_id = $1 AND command.run_id = run.id AND greatest(event_seq, end_event_seq) > $3
      ORDER BY greatest(event_seq, end_event_seq) LIMIT $4
    ) AS changed ON true
  WHERE run.tenant_id = $1 AND run.id = $2 ORDER BY changed."changedSeq"`);

/**
 * The turn or steer that answered each of these events, where there is one: the first that was created after it in its
 * session (or run, where it has no session) before the event's run ended.
 */
export async function findAnswers(
  client: TenantClient,
  events: readonly { runId: string; seq: number }[],
): Promise<Map<string, CommandRow>> {
  const rows = await client.rows<CommandRow & { eventRunId: string; answeredSeq: number }>(
    answers,
    events.map((event) => event.runId),
    events.map((event) => event.seq),
  );
  return new Map(rows.map((row) => [`${row.eventRunId}/${row.answeredSeq}`, row]));
}
const answers = statement(`
  SELECT asked.run_id AS "eventRunId", asked.seq AS "answeredSeq", answer.*
  FROM unnest($2::text[], $3::int[]) AS wanted (run_id, seq)
    JOIN run_event AS asked ON asked.tenant_id = $1 AND asked.run_id = wanted.run_id AND asked.seq = wanted.seq
    JOIN run ON run.tenant_id = $1 AND run.id = asked.run_id
    LEFT JOIN run_event AS last ON last.tenant_id = $1 AND last.run_id = run.id AND last.seq = run.last_event_seq
      AND run.status NOT IN ('PENDING', 'CLAIMED')
    CROSS JOIN LATERAL (
      SELECT ${columns} FROM command
      WHERE tenant_id = $1 AND type <> 'INTERRUPT' AND (
        session_id = asked.session_id AND session_seq > asked.session_seq
          AND (last.seq IS NULL OR session_seq < last.session_seq)
        OR asked.session_id IS NULL AND command.run_id = asked.run_id AND event_seq > asked.seq)
      ORDER BY coalesce(session_seq, event_seq) LIMIT 1
    ) AS answer`);
