import {
  cancelStormTask,
  claimStormTask,
  createStormTask,
  heartbeatStormTask,
  readStormTask,
  releaseStormTask,
  updateStormTask,
} from "../operations.js";
import { type Deed, type Writer, learn } from "../deed.js";

const queue = "storm";

const create: Deed = async (writer) => {
  const { random, send, shared, ledger } = writer;
  const idempotencyKey = writer.nextKey();
  const maxAttempts = 1 + random.below(3);
  const input = {
    projectId: "storm",
    queue,
    payload: {},
    title: idempotencyKey,
    idempotencyKey,
    maxAttempts,
  };
  const created = await send(createStormTask, { input });
  if (!created) return;
  const { id } = created.createQueueTask.task;
  ledger.tasks.push({ id, text: idempotencyKey });
  learn(shared.tasks, id);
  if (!random.chance(0.1)) return;
  const again = await send(createStormTask, { input });
  if (again?.createQueueTask.task.id !== id)
    throw new Error(`createQueueTask gave another task for ${idempotencyKey}`);
};

const claim: Deed = async (writer) => {
  const { random, send, ledger, name } = writer;
  if (writer.heldTask) return beat(writer);
  const claimed = await send(claimStormTask, {
    input: { queue, runnerId: name, leaseSeconds: 2 + random.below(10) },
  });
  const { task, attempt, leaseToken } = claimed?.claimQueueTask ?? {};
  if (!task || !attempt || !leaseToken) return;
  ledger.attempts.push({ id: attempt.id, taskId: task.id });
  writer.heldTask = { taskId: task.id, attemptId: attempt.id, leaseToken };
};

const beat: Deed = async (writer) => {
  const { heldTask, random, send } = writer;
  if (!heldTask) return claim(writer);
  const { attemptId, leaseToken } = heldTask;
  const beaten = await send(heartbeatStormTask, {
    input: { attemptId, leaseToken, leaseSeconds: 2 + random.below(10) },
  });
  if (!beaten) writer.heldTask = undefined;
};

/** Ends its attempt, or links it to a run and goes on. */
const update: Deed = async (writer) => {
  const { heldTask, random, send, shared, ledger } = writer;
  if (!heldTask) return claim(writer);
  const state = random.pick(["COMPLETED", "FAILED", "BLOCKED", "RUNNING"] as const);
  const runId = shared.runs.length > 0 && random.chance(0.5) ? random.pick(shared.runs) : undefined;
  const { taskId, attemptId } = heldTask;
  const updated = await send(updateStormTask, { input: { ...heldTask, state, runId } });
  if (state === "RUNNING") return;
  writer.heldTask = undefined;
  if (!updated) return;
  ledger.endedTasks.push({ id: taskId, state });
  ledger.endedAttempts.push({ id: attemptId, state });
};

const release: Deed = async (writer) => {
  const { heldTask, random, send } = writer;
  if (!heldTask || !random.chance(0.3)) return;
  const { attemptId, leaseToken } = heldTask;
  writer.heldTask = undefined;
  await send(releaseStormTask, { input: { attemptId, leaseToken } });
};

const cancel: Deed = async (writer) => {
  const taskId = pickTask(writer);
  if (taskId === undefined || !writer.random.chance(0.2)) return;
  const ended = await writer.send(cancelStormTask, { input: { taskId } });
  if (!ended) return;
  const { id, state } = ended.cancelQueueTask.task;
  writer.ledger.endedTasks.push({ id, state });
};

const read: Deed = async (writer) => {
  const { send, ledger, name } = writer;
  const taskId = pickTask(writer);
  if (taskId === undefined) return;
  const marked = await send(readStormTask, { input: { taskId } });
  if (marked) ledger.taskMarks.push({ readerId: name, taskId });
};

function pickTask({ random, shared }: Writer): string | undefined {
  return shared.tasks.length === 0 ? undefined : random.pick(shared.tasks);
}

export const taskDeeds: readonly Deed[] = [create, claim, claim, beat, update, release, cancel, read];
