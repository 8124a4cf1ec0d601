import { queueTaskStates } from "../../domain/queue/task.js";
import { enumOf } from "./enum-of.js";

export const QueueTaskState = enumOf(
  "QueueTaskState",
  "How far a queue task, or an attempt at one, has come. A task is PENDING, then RUNNING, then one of the others. A task whose attempt ran out or was given back is PENDING again, and a pending task may end without running. An attempt is never PENDING.",
  queueTaskStates,
  {
    PENDING: "The task waits for a runner.",
    RUNNING: "An attempt is under way.",
    COMPLETED: "It ended well.",
    FAILED: "It ended by a failure. An attempt also fails when its lease runs out.",
    BLOCKED: "It ended because it could not go on without help.",
    CANCELLED:
      "It ended because somebody cancelled it. An attempt is also CANCELLED when its runner gives the task back.",
  },
);
