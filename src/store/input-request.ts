import type {
  InputChoice,
  InputDecision,
  InputRequestKind,
  InputRequestState,
} from "../domain/input-request.js";
import type { Instant } from "../domain/instant.js";
import type { JsonValue } from "../domain/json-value.js";
import { Prisma } from "../generated/prisma/client.js";
import { type InputRequestRow, selectList } from "./row.js";
import { type DueSearch, type TenantClient, statement } from "./statement.js";
import type { Tx } from "./tx.js";

const fields = Object.keys(Prisma.InputRequestScalarFieldEnum).filter(
  (field) => field !== "payloadHash" && field !== "idempotencyKey",
);

/** The select list of an input request. */
export const requestColumns = selectList(fields, "input_request");

/** A locked request. */
export interface HeldRequest extends InputRequestRow {
  /** True if its `expiresAt` has passed by the database's clock. */
  past: boolean;
}

/** A locked request, with what its answer was sent with. */
export interface LockedRequest extends HeldRequest {
  idempotencyKey: string | null;
  payloadHash: string | null;
}
const isPast = "coalesce(expires_at <= clock_timestamp(), false)";
const heldColumns = `${requestColumns}, ${isPast} AS past`;
const lockedColumns = `${heldColumns}, idempotency_key AS "idempotencyKey", payload_hash AS "payloadHash"`;

/** The requests of these ids that there are. */
export function findRequests(client: TenantClient, ids: readonly string[]): Promise<InputRequestRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<InputRequestRow, { ids: readonly string[] }>(
  `SELECT ${requestColumns} FROM input_request WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/**
 * The requests that events opened, or went on with: the newest of the run up to the event that was opened by it or that has the
 * requestId which the event names. By `runId/seq`.
 */
export async function findRequestsOfEvents(
  client: TenantClient,
  events: readonly { runId: string; seq: number; requestId: string | null }[],
): Promise<Map<string, InputRequestRow>> {
  const rows = await client.rows(byEvents, {
    runIds: events.map(({ runId }) => runId),
    seqs: events.map(({ seq }) => seq),
    requestIds: events.map(({ requestId }) => requestId),
  });
  return new Map(rows.map((row) => [`${row.runId}/${row.askedSeq}`, row]));
}
const byEvents = statement<
  InputRequestRow & { askedSeq: number },
  { runIds: readonly string[]; seqs: readonly number[]; requestIds: readonly (string | null)[] }
>(`
  SELECT wanted.seq AS "askedSeq", found.*
  FROM unnest(:runIds::text[], :seqs::int[], :requestIds::text[]) AS wanted (run_id, seq, request_id)
    CROSS JOIN LATERAL (
      SELECT ${requestColumns} FROM input_request
      WHERE tenant_id = :tenantId AND run_id = wanted.run_id AND event_seq <= wanted.seq
        AND (event_seq = wanted.seq OR request_id = wanted.request_id)
      ORDER BY event_seq DESC LIMIT 1
    ) AS found`);

/** The requests that each of these commands answers, oldest first. */
export async function findRequestsOfCommands(
  client: TenantClient,
  commandIds: readonly string[],
): Promise<Map<string, InputRequestRow[]>> {
  const byCommand = new Map<string, InputRequestRow[]>();
  for (const row of await client.rows(ofCommands, { commandIds })) {
    const all = byCommand.get(row.commandId ?? "") ?? [];
    all.push(row);
    byCommand.set(row.commandId ?? "", all);
  }
  return byCommand;
}
const ofCommands = statement<InputRequestRow, { commandIds: readonly string[] }>(`
  SELECT ${requestColumns} FROM input_request WHERE tenant_id = :tenantId AND command_id = ANY(:commandIds::text[])
  ORDER BY requested_at, id`);

/** Locks a request, after its session and run, and reads it as it then is. */
export async function lockRequest(tx: Tx, id: string): Promise<LockedRequest | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lock = statement<LockedRequest, { id: string }>(
  `SELECT ${lockedColumns} FROM input_request WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`,
);

/** Locks the open requests of a locked run, oldest first. */
export function lockOpenRequests(tx: Tx, runId: string): Promise<HeldRequest[]> {
  return tx.rows(lockOpen, { runId });
}
const lockOpen = statement<HeldRequest, { runId: string }>(`
  SELECT ${heldColumns} FROM input_request WHERE tenant_id = :tenantId AND run_id = :runId AND state = 'OPEN'
  ORDER BY event_seq FOR NO KEY UPDATE`);

/** Locks the open requests of a locked turn, oldest first. */
export function lockRequestsOfTurn(tx: Tx, turnId: string): Promise<InputRequestRow[]> {
  return tx.rows(lockOfTurn, { turnId });
}
const lockOfTurn = statement<InputRequestRow, { turnId: string }>(`
  SELECT ${requestColumns} FROM input_request
  WHERE tenant_id = :tenantId AND run_id = (SELECT run_id FROM command WHERE tenant_id = :tenantId AND id = :turnId)
    AND state = 'OPEN' AND turn_id = :turnId ORDER BY event_seq FOR NO KEY UPDATE`);

/** Locks the open requests of a locked session, at most so many. */
export function lockAskedOfSession(tx: Tx, sessionId: string, limit: number): Promise<InputRequestRow[]> {
  return tx.rows(lockOfSession, { sessionId, limit });
}
const lockOfSession = statement<InputRequestRow, { sessionId: string; limit: number }>(`
  SELECT ${requestColumns} FROM input_request WHERE tenant_id = :tenantId AND session_id = :sessionId AND state = 'OPEN'
  ORDER BY id LIMIT :limit FOR NO KEY UPDATE`);

/**
 * Locks the open questions that any words answer, without choices and schema, whose `expiresAt` has not passed: those of the run, and
 * those of ended runs of its session. Oldest first.
 */
export function lockPlainQuestions(tx: Tx, runId: string): Promise<InputRequestRow[]> {
  return tx.rows(lockPlain, { runId });
}
const plain = `state = 'OPEN' AND kind = 'QUESTION' AND choices = '[]' AND answer_schema IS NULL AND NOT ${isPast}`;
const lockPlain = statement<InputRequestRow, { runId: string }>(`
  SELECT ${requestColumns} FROM input_request WHERE tenant_id = :tenantId AND id = ANY(ARRAY(
    SELECT id FROM input_request WHERE tenant_id = :tenantId AND run_id = :runId AND ${plain}
    UNION SELECT id FROM input_request WHERE tenant_id = :tenantId AND ${plain}
      AND session_id = (SELECT session_id FROM run WHERE tenant_id = :tenantId AND id = :runId)
      AND (SELECT status FROM run WHERE tenant_id = :tenantId AND id = input_request.run_id) NOT IN ('PENDING', 'CLAIMED')
  )) AND ${plain} ORDER BY requested_at, id FOR NO KEY UPDATE`);

/** What a new request holds. */
export interface NewRequest {
  id: string;
  runId: string;
  sessionId: string | null;
  projectId: string;
  turnId: string | null;
  eventSeq: number;
  kind: InputRequestKind;
  prompt: string;
  requestId: string | null;
  toolCallId: string | null;
  action: JsonValue;
  choices: readonly InputChoice[];
  multiple: boolean;
  answerSchema: JsonValue;
  url: string | null;
  requestedAt: Instant;
  expiresAt: Instant | null;
}

/** Opens a request in a locked run. False, and nothing is opened, if its `expiresAt` is not after it was asked. */
export async function insertRequest(tx: Tx, request: NewRequest): Promise<boolean> {
  const { action, choices, answerSchema } = request;
  const json = {
    action: asJson(action),
    choices: JSON.stringify(choices),
    answerSchema: asJson(answerSchema),
  };
  const [row] = await tx.rows(insert, { ...request, ...json });
  if (row) tx.changeRequest(row.id);
  return row !== undefined;
}
type InsertedRequest = Omit<NewRequest, "action" | "choices" | "answerSchema"> &
  Record<"action" | "choices" | "answerSchema", string | null>;
const insert = statement<{ id: string }, InsertedRequest>(`
  INSERT INTO input_request (tenant_id, id, run_id, session_id, project_id, turn_id, event_seq, kind, prompt, request_id,
    tool_call_id, action, choices, multiple, answer_schema, url, requested_at, expires_at, due_at, choice_ids)
  SELECT :tenantId, :id, :runId, :sessionId, :projectId, :turnId, :eventSeq::int, :kind::input_request_kind, :prompt, :requestId,
    :toolCallId, :action::jsonb, :choices::jsonb, :multiple::boolean, :answerSchema::jsonb, :url, :requestedAt::timestamptz,
    :expiresAt::timestamptz, coalesce(:expiresAt::timestamptz, '9999-12-31 23:59:59.999999+00'), '{}'
  WHERE :expiresAt::timestamptz IS NULL OR :expiresAt::timestamptz > :requestedAt::timestamptz RETURNING id`);

function asJson(value: JsonValue): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** How a request is closed. */
export interface Closing {
  id: string;
  state: Exclude<InputRequestState, "OPEN">;
  decision: InputDecision | null;
  choiceIds: readonly string[];
  value: JsonValue;
  comment: string | null;
  answeredBy: string | null;
  resume: boolean;
  commandId: string | null;
  idempotencyKey: string | null;
  payloadHash: string | null;
}

/** Closes a locked open request. */
export async function saveClosing(tx: Tx, closing: Closing): Promise<void> {
  await tx.rows(close, { ...closing, value: asJson(closing.value), occurredAt: tx.occurredAt });
  tx.changeRequest(closing.id);
}
type SavedClosing = Omit<Closing, "value"> & { value: string | null; occurredAt: Instant | null };
const close = statement<never, SavedClosing>(`
  UPDATE input_request SET state = :state::input_request_state, decision = :decision::input_decision,
    choice_ids = :choiceIds::text[], value = :value::jsonb, comment = :comment, answered_by = :answeredBy,
    resume = :resume, command_id = :commandId, idempotency_key = :idempotencyKey, payload_hash = :payloadHash,
    closed_at = coalesce(:occurredAt::timestamptz, clock_timestamp())
  WHERE tenant_id = :tenantId AND id = :id`);

/** The open requests whose `expiresAt` has passed, at most so many, the most overdue first. */
export async function findDueRequests(client: TenantClient, search: DueSearch): Promise<string[]> {
  return (await client.rows(due, search)).map(({ id }) => id);
}
const due = statement<{ id: string }, DueSearch>(`
  SELECT id FROM input_request WHERE tenant_id = :tenantId AND state = 'OPEN' AND expires_at <= (SELECT clock_timestamp())
    AND id <> ALL(:failing::text[])
  ORDER BY expires_at LIMIT :limit`);
