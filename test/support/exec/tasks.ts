import type { CreateQueueTaskInput } from "../../generated/documents/graphql.js";
import { found } from "../found.js";
import { graphql } from "../graphql.js";
import { type ExecProcess, startExec } from "./process.js";
import type { Asks } from "../start-service.js";

/** Starts `exec --queue`, which asks for tasks all the time. `argv` is what stands after `--`. */
export function startWorker(
  url: string,
  queue: string,
  argv: readonly string[],
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): ExecProcess {
  return startExec(url, argv, ["--queue", queue, "--poll", "0.05", ...flags], env);
}

const createTaskDocument = graphql(`
  mutation CreateTaskToExecute($input: CreateQueueTaskInput!) {
    createQueueTask(input: $input) { task { id } }
  }
`);

/** Creates a task and gives its id. */
export async function createTask(
  { ask }: Asks,
  queue: string,
  input: Partial<CreateQueueTaskInput> = {},
): Promise<string> {
  const data = await ask(createTaskDocument, { input: { projectId: "p", queue, payload: {}, ...input } });
  return data.createQueueTask.task.id;
}

const readTaskDocument = graphql(`
  query ReadExecutedTask($id: ID!) {
    queueTask(id: $id) {
      state expiredAttempts maxAttempts
      session { sessionId projectId title active runs(orderBy: OLDEST) { nodes { id status failureKind } } }
      attempts(first: 100) {
        nodes {
          number state failureKind failureMessage run { id status failureKind } command { id state payload }
          session { sessionId }
        }
      }
    }
  }
`);

/** A task as it stands, with its session and attempts. */
export async function readTask({ ask }: Asks, id: string) {
  const task = found((await ask(readTaskDocument, { id })).queueTask);
  return { ...task, attempts: task.attempts.nodes };
}
