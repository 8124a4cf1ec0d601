import type { Instant } from "../../domain/instant.js";
import type { JsonObject } from "../../domain/json-value.js";
import type { QueueTaskState } from "../../domain/queue/task.js";
import { Prisma } from "../../generated/prisma/client.js";
import type { FollowedList } from "../listing/changes.js";
import { type Condition, type Listing, conditions } from "../listing/listing.js";
import { amongNewer, amongRows } from "../listing/narrow.js";
import { type QueueTaskRow, selectList } from "../row.js";
import { type TenantClient, statement } from "../statement.js";
import { type Patience, type Tx, locking } from "../tx.js";

/** The select list of a task. */
export const taskColumns = selectList(Object.keys(Prisma.QueueTaskScalarFieldEnum), "queue_task");

/** Reads the tasks with these ids. Those that do not exist are left out. */
export function findTasks(client: TenantClient, ids: readonly string[]): Promise<QueueTaskRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<QueueTaskRow, { ids: readonly string[] }>(
  `SELECT ${taskColumns} FROM queue_task WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** Finds the task of the project that was created with this key; undefined if there is none. */
export async function findTaskByKey(
  tx: Tx,
  projectId: string,
  key: string,
): Promise<QueueTaskRow | undefined> {
  return (await tx.rows(byKey, { projectId, key }))[0];
}
const byKey = statement<QueueTaskRow, { projectId: string; key: string }>(
  `SELECT ${taskColumns} FROM queue_task WHERE tenant_id = :tenantId AND project_id = :projectId AND idempotency_key = :key`,
);

/** Locks a task and reads it as it then is. Its attempts are locked after it. Undefined if there is no such task. */
export async function lockTask(tx: Tx, id: string): Promise<QueueTaskRow | undefined> {
  return (await tx.rows(lock, { id }))[0];
}
const lock = statement<QueueTaskRow, { id: string }>(
  `SELECT ${taskColumns} FROM queue_task WHERE tenant_id = :tenantId AND id = :id FOR NO KEY UPDATE`,
);

/** As {@link lockTask}, several tasks by id. Those that are locked by somebody else who is not waited for are left out. */
export function lockTasks(tx: Tx, ids: readonly string[], patience: Patience): Promise<QueueTaskRow[]> {
  return tx.rows(lockSeveral[patience], { ids });
}
const lockSeveral = locking((clause) =>
  statement<QueueTaskRow, { ids: readonly string[] }>(
    `SELECT ${taskColumns} FROM queue_task WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) ORDER BY id ${clause}`,
  ),
);

/** What a new task holds. */
export interface NewTask {
  id: string;
  projectId: string;
  queue: string;
  lane: string;
  title: string | null;
  priority: number;
  backendProfile: string | null;
  payload: JsonObject;
  payloadHash: string;
  idempotencyKey: string | null;
  maxAttempts: number;
  /** The task is not handed out before this instant; null for now. */
  availableAt: Instant | null;
}

/** Inserts a PENDING task. It throws 23505 if the key was taken in the meantime. */
export async function insertTask(tx: Tx, task: NewTask): Promise<void> {
  await tx.rows(insert, task);
  tx.changeTask(task.id);
}
const insert = statement<never, NewTask>(`
  INSERT INTO queue_task (tenant_id, id, project_id, queue, lane, title, priority, rank, backend_profile, payload,
    payload_hash, idempotency_key, max_attempts, available_at, created_at, updated_at)
  SELECT :tenantId, :id, :projectId, :queue, :lane, :title, :priority::int, -:priority::int, :backendProfile, :payload,
    :payloadHash, :idempotencyKey, :maxAttempts, coalesce(:availableAt::timestamptz, at), at, at
  FROM (SELECT clock_timestamp() AS at) AS clock`);

/** What changes of a locked task. Other fields stay as they are, but `cancelReason` is cleared if it is left out. */
export interface TaskChange {
  state: QueueTaskState;
  /** The id of a new attempt, which has been inserted. */
  attemptId?: string;
  sessionId?: string | null;
  expiredAttempts?: number;
  /** For how many seconds from now on it is not handed out. */
  backoffSeconds?: number;
  /** Why it is cancelled, if it becomes CANCELLED. */
  cancelReason?: string | null;
}

/** Saves the change of a locked task, and tells its followers after the commit. */
export async function saveTask(tx: Tx, task: QueueTaskRow, change: TaskChange): Promise<void> {
  await tx.rows(save, {
    id: task.id,
    state: change.state,
    attemptId: change.attemptId ?? task.latestAttemptId,
    attempts: change.attemptId === undefined ? task.attempts : task.attempts + 1,
    sessionId: change.sessionId ?? task.sessionId,
    expiredAttempts: change.expiredAttempts ?? task.expiredAttempts,
    backoffSeconds: change.backoffSeconds ?? null,
    cancelReason: change.cancelReason ?? null,
  });
  tx.changeTask(task.id);
}
type SavedTask = Pick<
  QueueTaskRow,
  "id" | "state" | "attempts" | "sessionId" | "expiredAttempts" | "cancelReason"
> & {
  attemptId: string | null;
  backoffSeconds: number | null;
};
const save = statement<never, SavedTask>(`
  UPDATE queue_task SET state = :state::queue_task_state, latest_attempt_id = :attemptId, attempts = :attempts,
    session_id = :sessionId, expired_attempts = :expiredAttempts,
    available_at = coalesce(clock.at + make_interval(secs => :backoffSeconds::int), available_at),
    cancelled_at = CASE WHEN :state::queue_task_state = 'CANCELLED' THEN clock.at END, cancel_reason = :cancelReason,
    updated_at = clock.at
  FROM (SELECT clock_timestamp() AS at) AS clock WHERE tenant_id = :tenantId AND id = :id`);

/** Which tasks a list holds. A condition that is null does not narrow it. */
export interface TaskFilter {
  queue: string | null;
  lane: string | null;
  projectId: string | null;
  /** The states, sorted and without repeats. */
  states: readonly QueueTaskState[] | null;
  updatedAfterVersion: number | null;
}

/** Tells that a task is in lists still. */
export const isListed = "queue_task.forgotten_at IS NULL";

/** The conditions of the tasks that match a filter, forgotten ones included. */
function taskConditions(filter: TaskFilter): Condition[] {
  const oneState = filter.states?.length === 1;
  return conditions(
    ["queue_task.queue = ?", filter.queue],
    ["queue_task.lane = ?", filter.lane],
    ["queue_task.project_id = ?", filter.projectId],
    ["queue_task.state = ?::queue_task_state", oneState ? filter.states?.[0] : null],
    ["queue_task.state = ANY(?::queue_task_state[])", oneState ? null : filter.states],
    ["queue_task.version > ?::bigint", filter.updatedAfterVersion],
  );
}

/** Lists tasks in running order: the highest priority first, then the oldest. */
export function taskListing(filter: TaskFilter): Listing {
  return {
    table: "queue_task",
    columns: taskColumns,
    where: [...taskConditions(filter), { sql: isListed }],
    ...waysOf(filter),
    order: [
      { field: "rank", type: "int" },
      { field: "createdAt", type: "timestamptz" },
      { field: "id", type: "text" },
    ],
    direction: "asc",
  };
}

/** One state is an index range of its own, in running order; several are as many. */
function waysOf({ states, queue, lane, projectId, updatedAfterVersion }: TaskFilter) {
  const task = { table: "queue_task", order: "rank", isListed: true } as const;
  const equal = (column: string, value: string | null) =>
    value === null ? [] : [amongRows({ ...task, column }, [value])];
  const state = "queue_task.state = ?::queue_task_state";
  return {
    ...(states && states.length > 1
      ? { alternatives: states.map((value) => ({ where: [{ sql: state, value }] })) }
      : {}),
    narrowings: [
      ...(states ? [amongRows({ ...task, column: "state", type: "queue_task_state" }, states)] : []),
      ...equal("queue", queue),
      ...equal("lane", lane),
      ...equal("project_id", projectId),
      ...(updatedAfterVersion === null
        ? []
        : [amongNewer("queue_task", "version", "bigint", updatedAfterVersion)]),
    ],
  };
}

/** The list of tasks as it is followed: the states of tasks change, nothing else that a filter asks of them. */
export function followedTasks(filter: TaskFilter): FollowedList {
  const { states } = filter;
  return {
    listing: taskListing(filter),
    lasting: taskConditions({ ...filter, states: null }),
    listed: [...conditions(["queue_task.state = ANY(?::queue_task_state[])", states]), { sql: isListed }],
    completeFrom: "removed_task_version",
  };
}
