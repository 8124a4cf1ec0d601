import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { GraphRequestError } from "../../client/graph-request-error.js";
import { retry } from "../../client/retry.js";
import { createTransport } from "../../client/transport.js";
import { type Notices, createNotices } from "../exec/notices.js";
import type { WorkerOptions } from "../exec/options.js";
import { PassThrough } from "../exec/pass-through.js";
import { registerRunner } from "../exec/turn.js";
import { requestTask } from "./claim.js";
import { WorkerStop } from "./stop.js";
import { type TaskWork, runTask } from "./task.js";

/** The exit code if a task could not be given back, or if the service refuses what a worker needs. */
const failureCode = 1;

/**
 * Runs the program once for each task of a queue, until a signal. Gives the exit code, which is 0 if no task is held.
 */
export async function runWorker(
  argv: readonly [string, ...string[]],
  options: WorkerOptions,
): Promise<number> {
  const notices = createNotices(options.isQuiet, "trying again");
  const stop = new WorkerStop(options.graceMs, notices);
  const gaveUp = new Promise<number>((resolve) =>
    stop.gaveUp.addEventListener("abort", () => resolve(failureCode)),
  );
  return Promise.race([work(argv, options, notices, stop), gaveUp]);
}

async function work(
  argv: readonly [string, ...string[]],
  options: WorkerOptions,
  notices: Notices,
  stop: WorkerStop,
): Promise<number> {
  const client = createTransport(options);
  const runnerId = await register(options, stop.asked);
  if (runnerId === undefined) return 0;
  const passThrough = new PassThrough(false, stop.gaveUp);
  const context: TaskWork = { argv, options, client, runnerId, notices, passThrough, stop };
  notices.say(`works on queue ${options.queue} as runner ${runnerId}`);

  let isClean = true;
  while (!stop.asked.aborted) {
    const claimed = await claimNext(context);
    if (claimed) isClean = await runTask(context, claimed);
    else await sleep(options.pollMs, undefined, { signal: stop.asked }).catch(() => undefined);
  }
  notices.say(isClean ? "ended, and holds no task" : "ended");
  return isClean ? 0 : failureCode;
}

/** Registers the runner once the service is there. Gives undefined if a signal came before that. */
async function register(options: WorkerOptions, signal: AbortSignal): Promise<string | undefined> {
  const { backendProfile, queue, lanes, waitMs } = options;
  const client = createTransport({ ...options, timeoutMs: Math.max(waitMs, 1_000) });
  const retrying = { deadlineAt: Date.now() + waitMs, signal };
  try {
    return await registerRunner(client, { backendProfile, facts: { queue, lanes } }, retrying);
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof GraphRequestError)) throw error;
    const waited = error.retryable ? ` (waited ${waitMs / 1_000} s)` : "";
    throw new Error(`no task was claimed: ${error.message}${waited}`, { cause: error });
  }
}

/** Claims the next task. Gives undefined if none waits or a signal came. */
async function claimNext({ client, runnerId, options, notices, stop }: TaskWork) {
  const { queue, lanes } = options;
  try {
    const claim = { queue, lanes, runnerId, idempotencyKey: randomUUID() };
    const claimed = await retry(() => requestTask(client, claim), {
      signal: stop.asked,
      onRetry: notices.onRetry,
    });
    notices.onAnswer();
    return claimed;
  } catch (error) {
    if (stop.asked.aborted && error instanceof GraphRequestError) return undefined;
    throw error;
  }
}
