import { setTimeout as sleep } from "node:timers/promises";
import { GraphRequestError, hasCode } from "../../client/graph-request-error.js";
import {
  heartbeatQueueTaskDocument,
  releaseQueueTaskDocument,
  updateQueueTaskAttemptDocument,
} from "../operations/queue.js";
import { retry } from "../../client/retry.js";
import type { GraphClient } from "../../client/transport.js";
import type { TurnResultInput, UpdateQueueTaskAttemptInput } from "../../generated/documents/graphql.js";
import { beatMs } from "../exec/heartbeat.js";
import { type HoldOptions, leaseSeconds } from "../exec/run-hold.js";
import type { ClaimedTask } from "./claim.js";

/** What a worker tells the service of an attempt. */
export type AttemptUpdate = Omit<UpdateQueueTaskAttemptInput, "taskId" | "attemptId" | "leaseToken">;

/** Why a worker stops working on a task. */
export interface TaskEnd {
  message: string;
  /** The result of the run that worked on the task. */
  result: TurnResultInput;
}

/**
 * A claimed task. Every write to it goes through here, and heartbeats keep its lease until `close`. Once the attempt
 * is not ours any more, `onEnd` is called and nothing is written to it again: a lost lease of a task cannot be taken
 * anew.
 */
export class TaskHold {
  readonly #client: GraphClient;
  readonly #claimed: ClaimedTask;
  readonly #options: HoldOptions;
  readonly #onEnd: (end: TaskEnd) => void;
  readonly #beats = new AbortController();
  #end: TaskEnd | undefined;

  constructor(
    client: GraphClient,
    claimed: ClaimedTask,
    options: HoldOptions,
    onEnd: (end: TaskEnd) => void,
  ) {
    this.#client = client;
    this.#claimed = claimed;
    this.#options = options;
    this.#onEnd = onEnd;
    void this.#beat();
  }

  /** Why the attempt is over. Undefined while it is ours, or if we ended it. */
  get end(): TaskEnd | undefined {
    return this.#end;
  }

  /** Tells what became of the attempt. Its end is told last. Gives false if the attempt is over already. */
  async update(update: AttemptUpdate): Promise<boolean> {
    if (update.state !== "RUNNING") this.close();
    const { taskId, attemptId, leaseToken } = this.#claimed;
    const input = { ...update, taskId, attemptId, leaseToken };
    return this.#write(() => this.#client.request(updateQueueTaskAttemptDocument, { input }), update);
  }

  /** Gives the task back. Gives false if the attempt is over already. */
  async release(): Promise<boolean> {
    this.close();
    const { attemptId, leaseToken } = this.#claimed;
    const input = { attemptId, leaseToken };
    return this.#write(() => this.#client.request(releaseQueueTaskDocument, { input }));
  }

  /** Stops the heartbeats. `onEnd` is not called any more. */
  close(): void {
    this.#beats.abort();
  }

  /** Sends a write until it is done. Gives false if the attempt is over. Throws any other error that does not pass. */
  async #write(send: () => Promise<unknown>, update?: AttemptUpdate): Promise<boolean> {
    if (this.#end) return false;
    try {
      await retry(send, this.#options);
      this.#options.onAnswer();
      return true;
    } catch (error) {
      if (!hasCode(error, "ALREADY_TERMINAL", "RUNNER_LEASE_CONFLICT")) throw error;
      const state = await this.#askState(this.#options.signal);
      // If the write was sent twice because the first answer was lost, the attempt is already in the wanted state.
      return state !== undefined && state === (update?.state ?? "CANCELLED");
    }
  }

  async #beat(): Promise<void> {
    const { signal } = this.#beats;
    for (;;) {
      const slept = await sleep(beatMs, true, { signal }).catch(() => false);
      if (!slept || this.#end) return;
      await this.#askState(signal).catch((error: unknown) => this.#fail(error));
    }
  }

  /** Sends one heartbeat. Gives the attempt's state, or undefined if its lease is lost. */
  async #askState(signal: AbortSignal | undefined): Promise<string | undefined> {
    const { attemptId, leaseToken } = this.#claimed;
    const input = { attemptId, leaseToken, leaseSeconds };
    try {
      const { heartbeatQueueTask } = await retry(
        () => this.#client.request(heartbeatQueueTaskDocument, { input }),
        { ...this.#options, signal },
      );
      this.#options.onAnswer();
      const { state, failureKind, failureMessage } = heartbeatQueueTask.attempt;
      if (state === "RUNNING") return state;
      if (failureKind === "LEASE_EXPIRED") this.#finish(lost);
      else this.#finish(endedElsewhere(state === "CANCELLED" ? `cancelled: ${failureMessage}` : state));
      return state;
    } catch (error) {
      if (!hasCode(error, "RUNNER_LEASE_CONFLICT")) throw error;
      this.#finish(lost);
      return undefined;
    }
  }

  #fail(error: unknown): void {
    if (this.#beats.signal.aborted || !(error instanceof GraphRequestError)) return;
    const failureMessage = `the task cannot be held: ${error.message}`;
    const result = { terminalStatus: "FAILED", failureKind: "INFRA_FAILED", failureMessage } as const;
    this.#finish({ message: failureMessage, result });
  }

  #finish(end: TaskEnd): void {
    if (this.#end) return;
    this.#end = end;
    if (!this.#beats.signal.aborted) this.#onEnd(end);
  }
}

const lost: TaskEnd = {
  message: "the lease of the task is lost",
  result: {
    terminalStatus: "FAILED",
    failureKind: "LEASE_EXPIRED",
    failureMessage: "the lease of the queue task is lost",
  },
};

function endedElsewhere(how: string): TaskEnd {
  const message = `the task was ended elsewhere: ${how}`;
  return {
    message,
    result: { terminalStatus: "CANCELLED", failureKind: "CANCELLED", failureMessage: message },
  };
}
