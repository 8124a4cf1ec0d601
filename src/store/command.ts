import type { CommandState, CommandType } from "../domain/command.js";
import type { JsonObject } from "../domain/json-value.js";
import { type Outcome, type RunStatus, isEnded } from "../domain/run.js";
import { Prisma } from "../generated/prisma/client.js";
import type { Listing } from "./listing/listing.js";
import { type CommandRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";
import type { TenantStore } from "./store.js";
import type { Tx } from "./transaction.js";

const columns = selectList(Object.keys(Prisma.CommandScalarFieldEnum), "command");

/** The commands of these ids that there are. */
export function findCommands(client: TenantClient, ids: readonly string[]): Promise<CommandRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<CommandRow, { ids: readonly string[] }>(
  `SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** What of a command never changes and says what to lock; undefined where there is no such command. */
export async function findCommandPlace(
  store: TenantStore,
  commandId: string,
): Promise<{ runId: string; sessionId: string | null; type: CommandType } | undefined> {
  const where = { tenantId: store.tenantId, id: commandId };
  const select = { runId: true, sessionId: true, type: true } as const;
  return (await store.prisma.command.findFirst({ where, select })) ?? undefined;
}

/** The command of the run that was created with this key, if any. */
export async function findCommandByKey(tx: Tx, runId: string, key: string): Promise<CommandRow | undefined> {
  return (await tx.rows(byKey, { runId, key }))[0];
}
const byKey = statement<CommandRow, { runId: string; key: string }>(
  `SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND run_id = :runId AND idempotency_key = :key`,
);

/** Locks a command, after its session and run, and reads it as it then is. */
export async function lockCommand(tx: Tx, id: string): Promise<CommandRow | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lock = statement<CommandRow, { id: string }>(
  `SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`,
);

/** Locks the commands of a run that have not ended, oldest first. */
export function lockLiveCommands(tx: Tx, runId: string): Promise<CommandRow[]> {
  return tx.rows(lockLive, { runId });
}
const lockLive = statement<CommandRow, { runId: string }>(`
  SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND run_id = :runId AND state IN ('PENDING', 'ACKNOWLEDGED')
  ORDER BY seq FOR NO KEY UPDATE`);

/** What a new command holds beside its times. */
export interface NewCommand {
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
}

/** Inserts a PENDING command into a locked run. */
export async function insertCommand(tx: Tx, command: NewCommand): Promise<void> {
  await tx.rows(insert, command);
}
const insert = statement<never, NewCommand>(`
  INSERT INTO command (tenant_id, id, run_id, session_id, seq, type, payload, payload_hash, idempotency_key, event_seq,
    session_seq, created_at, updated_at)
  VALUES (:tenantId, :id, :runId, :sessionId, :seq, :type, :payload, :payloadHash, :idempotencyKey, :eventSeq,
    :sessionSeq, clock_timestamp(), clock_timestamp())`);

/** Marks a locked PENDING command as acknowledged. */
export async function saveAcknowledgement(tx: Tx, commandId: string): Promise<void> {
  await tx.rows(acknowledge, { commandId });
}
const acknowledge = statement<never, { commandId: string }>(`
  UPDATE command SET state = 'ACKNOWLEDGED', acknowledged_at = clock.at, updated_at = clock.at
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :commandId`);

/** Which commands end, and how; their events begin at `firstSeq`. */
export type CommandEnds = Outcome & {
  commandIds: readonly string[];
  state: CommandState;
  firstSeq: number;
};

/** Ends locked commands, all alike; their `command-terminal` events follow one another in their order from `firstSeq` on. */
export async function saveCommandEnds(tx: Tx, ends: CommandEnds): Promise<void> {
  if (ends.commandIds.length > 0) await tx.rows(saveEnds, ends);
}
const saveEnds = statement<never, CommandEnds>(`
  UPDATE command SET state = :state, terminal_status = :terminalStatus, failure_kind = :failureKind,
    failure_message = :failureMessage, updated_at = clock_timestamp(),
    end_event_seq = :firstSeq::int + array_position(:commandIds::text[], id) - 1
  WHERE tenant_id = :tenantId AND id = ANY(:commandIds::text[])`);

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
  const rows = await client.rows(changes, { runId, after, limit });
  const [head] = rows;
  if (!head) return undefined;
  return {
    commands: rows.filter((row): row is ChangedCommand & typeof head => row.id !== null),
    lastSeq: head.last,
    ended: isEnded(head.runStatus),
  };
}
type ChangeRow = Partial<ChangedCommand> & { runStatus: RunStatus; last: number };
const changes = statement<ChangeRow, { runId: string; after: number; limit: number }>(`
  SELECT run.status AS "runStatus", run.last_event_seq AS last, changed.* FROM run
    LEFT JOIN LATERAL (
      SELECT ${columns}, greatest(event_seq, end_event_seq) AS "changedSeq" FROM command
      WHERE tenant_id = :tenantId AND command.run_id = run.id AND greatest(event_seq, end_event_seq) > :after
      ORDER BY greatest(event_seq, end_event_seq) LIMIT :limit
    ) AS changed ON true
  WHERE run.tenant_id = :tenantId AND run.id = :runId ORDER BY changed."changedSeq"`);

/**
 * The turn or steer that answered each of these events, where there is one: the first that was created after it in its
 * session (or run, where it has no session) before the event's run ended.
 */
export async function findAnswers(
  client: TenantClient,
  events: readonly { runId: string; seq: number }[],
): Promise<Map<string, CommandRow>> {
  const rows = await client.rows(answers, {
    runIds: events.map((event) => event.runId),
    seqs: events.map((event) => event.seq),
  });
  return new Map(rows.map((row) => [`${row.eventRunId}/${row.answeredSeq}`, row]));
}
type AnswerRow = CommandRow & { eventRunId: string; answeredSeq: number };
const answers = statement<AnswerRow, { runIds: readonly string[]; seqs: readonly number[] }>(`
  SELECT asked.run_id AS "eventRunId", asked.seq AS "answeredSeq", answer.*
  FROM unnest(:runIds::text[], :seqs::int[]) AS wanted (run_id, seq)
    JOIN run_event AS asked ON asked.tenant_id = :tenantId AND asked.run_id = wanted.run_id AND asked.seq = wanted.seq
    JOIN run ON run.tenant_id = :tenantId AND run.id = asked.run_id
    LEFT JOIN run_event AS last ON last.tenant_id = :tenantId AND last.run_id = run.id AND last.seq = run.last_event_seq
      AND run.status NOT IN ('PENDING', 'CLAIMED')
    CROSS JOIN LATERAL (
      SELECT ${columns} FROM command
      WHERE tenant_id = :tenantId AND type <> 'INTERRUPT' AND (
        session_id = asked.session_id AND session_seq > asked.session_seq
          AND (last.seq IS NULL OR session_seq < last.session_seq)
        OR asked.session_id IS NULL AND command.run_id = asked.run_id AND event_seq > asked.seq)
      ORDER BY coalesce(session_seq, event_seq) LIMIT 1
    ) AS answer`);
