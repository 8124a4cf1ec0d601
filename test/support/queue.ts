import pg from "pg";
import { expireQueueAttempts } from "../../src/actions/queue/expire-attempts.js";
import { openPool } from "../../src/database/pool.js";
import { createStore } from "../../src/store/store.js";
import type {
  ClaimQueueTaskInput,
  CreateQueueTaskInput,
  UpdateQueueTaskAttemptInput,
} from "../generated/documents/graphql.js";
import { found } from "./found.js";
import { graphql } from "./graphql.js";
import type { Asks } from "./start-service.js";

graphql(`
  fragment AttemptFields on QueueAttempt {
    id number state runner { id } run { id } command { id } session { id } leaseExpiresAt failureKind
    failureMessage startedAt finishedAt task { id }
  }
`);
graphql(`
  fragment TaskFields on QueueTask {
    id tenantId projectId queue lane title priority backendProfile state version payload payloadHash
    idempotencyKey sessionPath session { id } maxAttempts expiredAttempts availableAt createdAt updatedAt
    cancelledAt cancelReason latestAttempt { ...AttemptFields }
    attempts { nodes { ...AttemptFields } totalCount }
  }
`);

/** Creates a task. */
export const createTaskDocument = graphql(`
  mutation CreateTask($input: CreateQueueTaskInput!) {
    createQueueTask(input: $input) { task { ...TaskFields } replayed }
  }
`);

/** Says what became of an attempt. */
export const updateTaskDocument = graphql(`
  mutation UpdateTask($input: UpdateQueueTaskAttemptInput!) {
    updateQueueTaskAttempt(input: $input) { task { ...TaskFields } }
  }
`);

/** Gives a task back. */
export const releaseTaskDocument = graphql(`
  mutation ReleaseTask($input: ReleaseQueueTaskInput!) {
    releaseQueueTask(input: $input) { task { ...TaskFields } }
  }
`);

/** Cancels a task. */
export const cancelTaskDocument = graphql(`
  mutation CancelTask($input: CancelQueueTaskInput!) {
    cancelQueueTask(input: $input) { task { ...TaskFields } }
  }
`);

/** Marks a task read. */
export const markTaskReadDocument = graphql(`
  mutation MarkTaskRead($input: MarkQueueTaskReadInput!) {
    markQueueTaskRead(input: $input) { task { ...TaskFields } }
  }
`);

const claimTaskDocument = graphql(`
  mutation ClaimTask($input: ClaimQueueTaskInput!) {
    claimQueueTask(input: $input) { leaseToken task { id state version } attempt { ...AttemptFields } }
  }
`);

const readTaskDocument = graphql(`query ReadTask($id: ID!) { queueTask(id: $id) { ...TaskFields } }`);

/** Creates a task in project `p` and queue `q`, unless said otherwise, and gives it. */
export async function createTask({ ask }: Asks, input: Partial<CreateQueueTaskInput> = {}) {
  const data = await ask(createTaskDocument, {
    input: { projectId: "p", queue: "q", payload: {}, ...input },
  });
  return data.createQueueTask.task;
}

/** Claims out of a queue and gives the whole payload. */
export async function tryClaimTask({ ask }: Asks, input: ClaimQueueTaskInput) {
  return (await ask(claimTaskDocument, { input })).claimQueueTask;
}

/** Claims out of a queue that has a task; throws if it has none. */
export async function claimTask(asks: Asks, input: ClaimQueueTaskInput) {
  const { leaseToken, task, attempt } = await tryClaimTask(asks, input);
  return { leaseToken: found(leaseToken), task: found(task), attempt: found(attempt) };
}

/** Says what became of an attempt, and gives the task. */
export async function updateTask({ ask }: Asks, input: UpdateQueueTaskAttemptInput) {
  return (await ask(updateTaskDocument, { input })).updateQueueTaskAttempt.task;
}

/** Cancels a task and gives it. */
export async function cancelTask({ ask }: Asks, taskId: string, reason?: string) {
  return (await ask(cancelTaskDocument, { input: { taskId, reason } })).cancelQueueTask.task;
}

/** The task as it stands. */
export async function readTask({ ask }: Asks, id: string) {
  return found((await ask(readTaskDocument, { id })).queueTask);
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
  await withStore(databaseUrl, (store) => expireQueueAttempts(store.tenant(tenant), [attemptId], "WAIT"));
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
