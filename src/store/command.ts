import type { CommandState, CommandType } from "../domain/command.js";
import type { JsonObject } from "../domain/json-value.js";
import { type Outcome, type RunStatus, isEnded } from "../domain/run.js";
import { Prisma } from "../generated/prisma/client.js";
import type { Listing } from "./listing/listing.js";
import { type CommandRow, type RowSource, columnsOf, selectOf } from "./row.js";
import { type TenantClient, statement, writtenRow } from "./statement.js";
import type { Tx } from "./tx.js";

/** Commands by their ids. */
export const commandSource: RowSource = {
  table: "command",
  columns: columnsOf(Object.keys(Prisma.CommandScalarFieldEnum), "command"),
};

const columns = selectOf(commandSource.columns);

/** What a command says in words, as {@link textOfCommand} has it. */
export const commandText = `CASE WHEN jsonb_typeof(command.payload->'prompt') = 'string' THEN command.payload->>'prompt'
  WHEN jsonb_typeof(command.payload->'text') = 'string' THEN command.payload->>'text' END`;

/** The commands of these ids that there are. */
export function findCommands(client: TenantClient, ids: readonly string[]): Promise<CommandRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<CommandRow, { ids: readonly string[] }>(
  `SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** The command of the run that was created with this key, if any. */
export async function findCommandByKey(tx: Tx, runId: string, key: string): Promise<CommandRow | undefined> {
  return (await tx.rows(byKey, { runId, key }))[0];
}
const byKey = statement<CommandRow, { runId: string; key: string }>(
  `SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND run_id = :runId AND idempotency_key = :key`,
);

/** Those of these runs that have a command with the key beside them. */
export async function findRunsWithKeys(
  tx: Tx,
  given: { runIds: readonly string[]; keys: readonly string[] },
): Promise<string[]> {
  return given.runIds.length === 0 ? [] : (await tx.rows(withKeys, given)).map(({ runId }) => runId);
}
const withKeys = statement<{ runId: string }, { runIds: readonly string[]; keys: readonly string[] }>(`
  SELECT run_id AS "runId" FROM unnest(:runIds::text[], :keys::text[]) AS given(run, key)
    JOIN command ON tenant_id = :tenantId AND run_id = run AND idempotency_key = key`);

/** The first command of a run, if it has any. */
export async function findFirstCommand(client: TenantClient, runId: string): Promise<CommandRow | undefined> {
  return (await client.rows(firstOfRun, { runId }))[0];
}
const firstOfRun = statement<CommandRow, { runId: string }>(
  `SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND run_id = :runId ORDER BY seq LIMIT 1`,
);

/** Locks a command, after its session and run, and reads it as it then is. */
export async function lockCommand(tx: Tx, id: string): Promise<CommandRow | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lock = statement<CommandRow, { id: string }>(
  `SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`,
);

/** As {@link lockCommand}, several by id. Those that somebody else has locked are left out. */
export function lockFreeCommands(tx: Tx, ids: readonly string[]): Promise<CommandRow[]> {
  return tx.rows(lockFree, { ids });
}
const lockFree = statement<CommandRow, { ids: readonly string[] }>(
  `SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
);

/** Locks the commands of a run that have not ended, oldest first. */
export function lockLiveCommands(tx: Tx, runId: string): Promise<CommandRow[]> {
  return tx.rows(lockLive, { runId });
}
const lockLive = statement<CommandRow, { runId: string }>(`
  SELECT ${columns} FROM command WHERE tenant_id = :tenantId AND run_id = :runId AND state IN ('PENDING', 'ACKNOWLEDGED')
  ORDER BY seq FOR NO KEY UPDATE`);

/** What a new command holds beside its times and its place. */
export interface NewCommand {
  id: string;
  runId: string;
  type: CommandType;
  payload: JsonObject;
  payloadHash: string;
  idempotencyKey: string | null;
}

/**
 * Inserts a PENDING command into a locked run of a locked session, and counts it there. The next event that is written to the run has to
 * be the one that tells of it. The run is parked no longer.
 */
export function insertCommand(tx: Tx, command: NewCommand): Promise<CommandRow> {
  return writtenRow(tx.rows(insert, command));
}
const insert = statement<CommandRow, NewCommand>(`
  WITH counted AS (
    UPDATE run SET last_command_seq = last_command_seq + 1, parked = false, updated_at = clock.at
    FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :runId
    RETURNING session_id, last_command_seq, last_event_seq, clock.at
  )
  INSERT INTO command (tenant_id, id, run_id, session_id, seq, type, payload, payload_hash, idempotency_key, event_seq,
    session_seq, created_at, updated_at)
  SELECT :tenantId, :id, :runId, session_id, last_command_seq, :type, :payload, :payloadHash, :idempotencyKey, last_event_seq + 1,
    (SELECT session.last_event_seq + 1 FROM session WHERE tenant_id = :tenantId AND id = counted.session_id), at, at
  FROM counted RETURNING ${columns}`);

/** The oldest turn of a run that has not ended, if any. */
export async function findOldestTurn(client: TenantClient, runId: string): Promise<string | undefined> {
  return (await client.rows(oldestTurn, { runId }))[0]?.id;
}
const oldestTurn = statement<{ id: string }, { runId: string }>(`
  SELECT id FROM command WHERE tenant_id = :tenantId AND run_id = :runId AND type = 'TURN'
    AND state IN ('PENDING', 'ACKNOWLEDGED') ORDER BY seq LIMIT 1`);

/** Marks a locked PENDING message to the runner as taken, which completes it. No event tells it. */
export function saveMessageTaken(tx: Tx, commandId: string): Promise<CommandRow> {
  return writtenRow(tx.rows(takeMessage, { commandId }));
}
const takeMessage = statement<CommandRow, { commandId: string }>(`
  UPDATE command SET state = 'COMPLETED', terminal_status = 'COMPLETED', acknowledged_at = clock.at, updated_at = clock.at
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :commandId RETURNING ${columns}`);

/** Marks a locked PENDING command as acknowledged. */
export function saveAcknowledgement(tx: Tx, commandId: string): Promise<CommandRow> {
  return writtenRow(tx.rows(acknowledge, { commandId }));
}
const acknowledge = statement<CommandRow, { commandId: string }>(`
  UPDATE command SET state = 'ACKNOWLEDGED', acknowledged_at = clock.at, updated_at = clock.at
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :commandId RETURNING ${columns}`);

/** Which commands end, and how; their events begin at `firstSeq`. */
export type CommandEnds = Outcome & {
  commandIds: readonly string[];
  state: CommandState;
  firstSeq: number;
};

/** Ends locked commands, all alike; their `command-terminal` events follow one another in their order from `firstSeq` on. Gives the rows. */
export async function saveCommandEnds(tx: Tx, ends: CommandEnds): Promise<CommandRow[]> {
  return ends.commandIds.length === 0 ? [] : tx.rows(saveEnds, ends);
}
const saveEnds = statement<CommandRow, CommandEnds>(`
  UPDATE command SET state = :state, terminal_status = :terminalStatus, failure_kind = :failureKind,
    failure_message = :failureMessage, updated_at = clock_timestamp(),
    end_event_seq = :firstSeq::int + array_position(:commandIds::text[], id) - 1
  WHERE tenant_id = :tenantId AND id = ANY(:commandIds::text[]) RETURNING ${columns}`);

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
        AND NOT (type = 'ANSWER' AND state = 'COMPLETED')
      ORDER BY greatest(event_seq, end_event_seq) LIMIT :limit
    ) AS changed ON true
  WHERE run.tenant_id = :tenantId AND run.id = :runId ORDER BY changed."changedSeq"`);
