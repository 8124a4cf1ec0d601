import { hashSent, isSameSent, replayOf } from "../../domain/idempotency.js";
import { newId } from "../../domain/ids.js";
import type { Instant } from "../../domain/instant.js";
import type { JsonValue } from "../../domain/json-value.js";
import { checkJsonObject } from "../../domain/json.js";
import { checkMaxAttempts } from "../../domain/lease.js";
import { checkPriority, defaultLane, defaultTaskAttempts } from "../../domain/queue/task.js";
import { checkOptionalName } from "../../domain/text.js";
import { findTaskByKey, insertTask } from "../../store/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import { transaction } from "../../store/transaction.js";
import { type Caller, requireOwnTenant, requireReaderOrRunner } from "../caller.js";
import { takeJson, takeName, takeOptionalName, takeText } from "../intake.js";
import { readTask } from "./task.js";

/** The input of {@link createQueueTask}. */
export interface CreateQueueTaskInput {
  tenantId?: string | null;
  projectId: string;
  queue: string;
  lane?: string | null;
  title?: string | null;
  priority?: number | null;
  backendProfile?: string | null;
  payload?: JsonValue;
  idempotencyKey?: string | null;
  maxAttempts?: number | null;
  availableAt?: Instant | null;
}

/**
 * Creates a task that waits for a runner. If the same key comes again with the same input in the same project, it
 * gives the first task again.
 */
export async function createQueueTask(
  caller: Caller,
  input: CreateQueueTaskInput,
): Promise<{ task: QueueTaskRow; replayed: boolean }> {
  requireReaderOrRunner(caller);
  requireOwnTenant(caller, input.tenantId, "input.tenantId");
  const { idempotencyKey, ...asked } = checkInput(input);
  const sent = hashSent(asked, await caller.store.payloadKey.read());
  const payload = await takeJson(asked.payload);

  const { taskId, replayed } = await transaction(caller.store, async (tx) => {
    const earlier =
      idempotencyKey === null ? undefined : await findTaskByKey(tx, asked.projectId, idempotencyKey);
    if (earlier) return { taskId: replayOf("task", earlier, isSameSent(earlier, sent)).id, replayed: true };
    const taskId = newId("task");
    await insertTask(tx, {
      ...asked,
      id: taskId,
      title: takeText(asked.title, "input.title"),
      payload,
      payloadHash: sent.keyed,
      idempotencyKey,
    });
    return { taskId, replayed: false };
  });
  return { task: await readTask(caller, taskId), replayed };
}

function checkInput(input: CreateQueueTaskInput) {
  return {
    projectId: takeName("CreateQueueTaskInput.projectId", input.projectId),
    queue: takeName("CreateQueueTaskInput.queue", input.queue),
    lane: takeName("CreateQueueTaskInput.lane", input.lane ?? defaultLane),
    title: checkOptionalName(input.title, "input.title"),
    priority: checkPriority(input.priority ?? 0, "input.priority"),
    backendProfile: takeOptionalName("CreateQueueTaskInput.backendProfile", input.backendProfile),
    payload: checkJsonObject(input.payload, "input.payload"),
    maxAttempts: checkMaxAttempts(input.maxAttempts ?? defaultTaskAttempts, "input.maxAttempts"),
    availableAt: input.availableAt ?? null,
    idempotencyKey: takeOptionalName("CreateQueueTaskInput.idempotencyKey", input.idempotencyKey),
  };
}
