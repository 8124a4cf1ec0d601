import { hasCode } from "../graph-request-error.js";
import { retry } from "../retry.js";
import type { StoreClient } from "../stores/store.js";
import { uniqueKey } from "../unique-key.js";
import { wait } from "../wait.js";
import { claimNextRunDocument, registerRunnerDocument } from "./documents.js";
import { HeldRun } from "./held-run.js";

/** Which runs a runner takes, and how. */
export interface RunnerOptions {
  /** The backend profiles whose runs it takes. Default: all. */
  backendProfiles?: readonly string[];
  /** Only runs of this project. Default: of all. */
  projectId?: string;
  /** What people see it as. Default: the service's. */
  name?: string;
  /** How long a lease lasts without a heartbeat, in seconds: 1 to 3,600. Default: 60. */
  leaseSeconds?: number;
  /** How long it waits before it looks again where nothing is to be done, in milliseconds. Default: 2,000. */
  pollMs?: number;
  /** Ends it. */
  signal?: AbortSignal;
}

/** Takes runs from the service. */
export interface Runner {
  /** The oldest run that waits; undefined where none does. A lost answer is asked for again, and gives the same run. */
  claimNext(): Promise<HeldRun | undefined>;
  /**
   * One run after the other as they come, until the signal. A run that is still held when the next is asked for is given back: where all that was
   * asked of it is done, until it has another command. After a run was given back it waits `pollMs`, so that another runner may take it.
   */
  runs(): AsyncIterable<HeldRun>;
}

/** Creates a runner; it registers itself with its first claim. */
export function createRunner(client: StoreClient, options: RunnerOptions = {}): Runner {
  const { backendProfiles, projectId, name, leaseSeconds = 60, pollMs = 2_000, signal } = options;
  const profiles = backendProfiles && [...backendProfiles];
  let registered: Promise<string> | undefined;
  const register = async (): Promise<string> => {
    const input = { name, backendProfiles: profiles };
    const { registerRunner } = await retry(() => client.request(registerRunnerDocument, { input }), {
      signal,
    });
    return registerRunner.runner.id;
  };
  const claimNext = async (): Promise<HeldRun | undefined> => {
    registered ??= register();
    const runnerId = await registered.catch((error: unknown) => {
      registered = undefined;
      throw error;
    });
    const input = { runnerId, projectId, leaseSeconds, idempotencyKey: uniqueKey() };
    const { claimNextRun } = await retry(() => client.request(claimNextRunDocument, { input }), { signal });
    const { run, leaseToken } = claimNextRun;
    if (!run || leaseToken === null) return undefined;
    return new HeldRun(client, run, { runId: run.id, runnerId, leaseToken, leaseSeconds });
  };
  return {
    claimNext,
    async *runs() {
      while (!signal?.aborted) {
        const run = await claimNext().catch((error: unknown) => {
          if (!signal?.aborted) throw error;
        });
        if (!run) {
          await wait(pollMs, signal);
          continue;
        }
        try {
          // The signal may have come with it.
          if (!signal?.aborted) yield run;
        } finally {
          if (!run.signal.aborted) await giveBack(run, signal);
        }
        if (run.isReleased) await wait(pollMs, signal);
      }
    },
  };
}

/** Gives a run back that its loop has left. One that turns out to be lost needs it no more. */
async function giveBack(run: HeldRun, signal?: AbortSignal): Promise<void> {
  try {
    await run.release({ untilCommand: run.isDone, signal }).catch((error: unknown) => {
      // The run of a queue attempt that is at work is never parked.
      if (!run.isDone || !hasCode(error, "CONFLICT")) throw error;
      return run.release({ signal });
    });
  } catch (error) {
    if (!run.signal.aborted) throw error;
  }
}
