import pg from "pg";
import { expireQueueAttempt } from "../../src/actions/queue/attempt.js";
import { openPool } from "../../src/database/pool.js";
import { createStore } from "../../src/store/store.js";
import type { Answer, TestService } from "./start-service.js";

type Asks = Pick<TestService, "ask">;

const taskFields = `id tenantId projectId queue lane title priority backendProfile state version payload payloadHash
  idempotencyKey sessionPath session { id } maxAttempts expiredAttempts availableAt createdAt updatedAt cancelledAt
  cancelReason latestAttempt { ...attempt } attempts { nodes { ...attempt } totalCount }`;
const attemptFragment = `fragment attempt on QueueAttempt { id number state runner { id } run { id } command { id } session { id }
  leaseExpiresAt failureKind failureMessage startedAt finishedAt task { id } }`;

/** A mutation of the queue that takes an `input` and gives the whole task. */
export function taskMutation(name: string, more = ""): string {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  return `mutation ($input: ${type}!) { ${name}(input: $input) { task { ${taskFields} } ${more} } } ${attemptFragment}`;
}

/** Creates a task in project `p` and queue `q`, unless said otherwise, and gives it. */
export async function createTask({ ask }: Asks, input: Record<string, unknown> = {}): Promise<any> {
  const data = await ask(taskMutation("createQueueTask", "replayed"), {
    input: { projectId: "p", queue: "q", payload: {}, ...input },
  });
  return data.createQueueTask.task;
}

/** Claims out of a queue and gives the whole payload. */
export async function claimTask(
  { ask }: Asks,
  input: { queue: string; runnerId: string; lanes?: string[]; leaseSeconds?: number },
): Promise<any> {
  const query = `mutation ($input: ClaimQueueTaskInput!) { claimQueueTask(input: $input) {
    leaseToken task { id state version } attempt { ...attempt } } } ${attemptFragment}`;
  return (await ask(query, { input })).claimQueueTask;
}

/** Says what became of an attempt, and gives the task. */
export async function updateTask({ ask }: Asks, input: Record<string, unknown>): Promise<any> {
  return (await ask(taskMutation("updateQueueTaskAttempt"), { input })).updateQueueTaskAttempt.task;
}

/** Cancels a task and gives it. */
export async function cancelTask({ ask }: Asks, taskId: string, reason?: string): Promise<any> {
  return (await ask(taskMutation("cancelQueueTask"), { input: { taskId, reason } })).cancelQueueTask.task;
}

/** The task as it stands. */
export async function readTask({ ask }: Asks, id: string): Promise<any> {
  const query = `query ($id: ID!) { queueTask(id: $id) { ${taskFields} } } ${attemptFragment}`;
  return (await ask(query, { id })).queueTask;
}

/** The code of an answer's only error, or undefined. */
export async function codeOf(answer: Promise<Answer>): Promise<string | undefined> {
  return (await answer).errors?.[0]?.extensions["code"];
}

/** Lets the lease of an attempt run out, by the database whose clock decides. */
export async function endLease(databaseUrl: string, attemptId: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    "UPDATE queue_attempt SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE id = $1",
    [attemptId],
  );
  await client.end();
}

/** Does what the sweeper does to one attempt. */
export async function expireAttempt(databaseUrl: string, tenant: string, attemptId: string): Promise<void> {
  await withStore(databaseUrl, (store) => expireQueueAttempt(store.tenant(tenant), attemptId));
}

/** Gives a store over a pool of its own. */
export async function withStore<Result>(
  databaseUrl: string,
  work: (store: ReturnType<typeof createStore>) => Promise<Result>,
): Promise<Result> {
  const pool = openPool({ connectionString: databaseUrl, connections: 2, onError: () => {} });
  const store = createStore(
    pool,
    () => {},
    (error) => {
      throw error;
    },
  );
  try {
    return await work(store);
  } finally {
    await store.close();
    await pool.end();
  }
}
