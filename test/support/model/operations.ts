/*
 * What may happen to a tenant, chosen at random: each is done by the service and by the model.
 */
import { endSnooze, mark, markList } from "./mark-operations.js";
import { answerRequest, appendEvents, closeRequest, expireRequest } from "./request-operations.js";
import * as runs from "./run-operations.js";
import type { World } from "./world.js";

/** What may happen, each as likely as its weight says. */
const weights: readonly [operation: (world: World) => Promise<void>, weight: number][] = [
  [runs.createRun, 3],
  [runs.createCommand, 4],
  [runs.claimRun, 2],
  [runs.claimNextRun, 1],
  [runs.releaseRun, 1],
  [runs.expireLease, 1],
  [runs.acknowledge, 2],
  [runs.endCommand, 3],
  [runs.endRun, 2],
  [runs.cancelSession, 1],
  [appendEvents, 3],
  [answerRequest, 3],
  [closeRequest, 1],
  [expireRequest, 1],
  [mark, 8],
  [markList, 2],
  [endSnooze, 1],
];

/** What may happen; createRun, without which nothing can, comes first. */
export const operations = weights.flatMap(([operation, weight]) =>
  Array.from({ length: weight }, () => operation),
);
