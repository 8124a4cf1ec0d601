import { requireScope } from "../auth/viewer.js";
import { notFound } from "../domain/errors.js";
import { replayOf } from "../domain/idempotency.js";
import { checkId, newId } from "../domain/ids.js";
import type { NameInput } from "../domain/intake-list.js";
import type { JsonValue } from "../domain/json-value.js";
import { checkName } from "../domain/text.js";
import { findCommands } from "../store/command.js";
import type { RunnerJobRow } from "../store/row.js";
import { lockRun } from "../store/run.js";
import { findJobByKey, insertJob } from "../store/runner-job.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";
import { takeJson, takeName, takeOptionalName, takeText } from "./intake.js";

/** The input of {@link saveRunnerJob}. */
export interface SaveRunnerJobInput {
  runId: string;
  commandId?: string | null;
  idempotencyKey?: string | null;
  payloadHash: string;
  attemptId: string;
  runnerId: string;
  namespace: string;
  jobName: string;
  managerUrl: string;
  image: string;
  sourceCommit: string;
  serviceAccountName?: string | null;
  result?: JsonValue;
}

/**
 * Stores the record of a runner that was started elsewhere for a run, even if the run has ended. If the same key comes
 * again with the same payload hash, it gives the first record again. Writes no event.
 */
export async function saveRunnerJob(
  caller: Caller,
  input: SaveRunnerJobInput,
): Promise<{ job: RunnerJobRow; replayed: boolean }> {
  requireScope(caller.viewer, "runner");
  const { runId, commandId, ...job } = await takeJob(input);

  return transaction(caller.store, async (tx) => {
    if (!(await lockRun(tx, runId))) throw notFound("run", runId);
    const key = job.idempotencyKey;
    const earlier = key === null ? undefined : await findJobByKey(tx, runId, key);
    if (earlier)
      return { job: replayOf("job", earlier, earlier.payloadHash === job.payloadHash), replayed: true };
    if (commandId !== null) await requireCommandOf(tx, runId, commandId);
    const saved = await insertJob(tx, { ...job, id: newId("job"), runId, commandId });
    return { job: saved, replayed: false };
  });
}

type NameField =
  Extract<NameInput, `SaveRunnerJobInput.${string}`> extends `${string}.${infer Field}` ? Field : never;

async function takeJob(input: SaveRunnerJobInput) {
  const { runId, commandId } = input;
  const name = (field: NameField) => takeName(`SaveRunnerJobInput.${field}`, input[field] as string);
  return {
    runId: checkId("run", runId, "input.runId"),
    commandId: typeof commandId === "string" ? checkId("command", commandId, "input.commandId") : null,
    idempotencyKey: takeOptionalName("SaveRunnerJobInput.idempotencyKey", input.idempotencyKey),
    payloadHash: name("payloadHash"),
    attemptId: name("attemptId"),
    runnerId: name("runnerId"),
    namespace: name("namespace"),
    jobName: name("jobName"),
    // An address may carry a password.
    managerUrl: takeText(checkName(input.managerUrl, "input.managerUrl"), "input.managerUrl") ?? "",
    image: name("image"),
    sourceCommit: name("sourceCommit"),
    serviceAccountName: takeOptionalName("SaveRunnerJobInput.serviceAccountName", input.serviceAccountName),
    result: await takeJson(input.result ?? null),
  };
}

async function requireCommandOf(tx: Tx, runId: string, commandId: string): Promise<void> {
  const [command] = await findCommands(tx, [commandId]);
  if (command?.runId !== runId) throw notFound("command", commandId);
}
