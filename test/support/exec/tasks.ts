import { type ExecProcess, startExec } from "./process.js";
import type { TestService } from "../start-service.js";

type Asks = Pick<TestService, "ask">;

/** Starts `exec --queue`, which asks for tasks all the time. `argv` is what stands after `--`. */
export function startWorker(
  url: string,
  queue: string,
  argv: readonly string[],
  flags: readonly string[] = [],
): ExecProcess {
  return startExec(url, argv, ["--queue", queue, "--poll", "0.05", ...flags]);
}

/** Creates a task and gives its id. */
export async function createTask({ ask }: Asks, queue: string, input: object = {}): Promise<string> {
  const data = await ask(
    `mutation ($input: CreateQueueTaskInput!) { createQueueTask(input: $input) { task { id } } }`,
    { input: { projectId: "p", queue, payload: {}, ...input } },
  );
  return data.createQueueTask.task.id;
}

const taskQuery = `query ($id: ID!) { queueTask(id: $id) {
  state expiredAttempts maxAttempts
  session { sessionId projectId title active runs(orderBy: OLDEST) { nodes { id status failureKind } } }
  attempts(first: 100) { nodes {
    number state failureKind failureMessage
    run { id status failureKind } command { id state payload } session { sessionId }
  } }
} }`;

/** A task as it stands, with its session and attempts. */
export async function readTask({ ask }: Asks, id: string): Promise<any> {
  const { queueTask } = await ask(taskQuery, { id });
  return { ...queueTask, attempts: queueTask.attempts.nodes };
}
