import type {
  ClaimNextRunMutation,
  RunEventInput,
  RunEventType,
  TurnResultInput,
} from "../../generated/client/graphql.js";
import { type DeltaWriter, createDeltaWriter } from "../delta-writer.js";
import { GraphRequestError, hasCode } from "../graph-request-error.js";
import { retry } from "../retry.js";
import type { StoreClient } from "../stores/store.js";
import { uniqueKey } from "../unique-key.js";
import { wait } from "../wait.js";
import { AppendQueue } from "./append-queue.js";
import {
  finishCommandDocument,
  finishRunDocument,
  heartbeatRunDocument,
  releaseRunDocument,
} from "./documents.js";
import { type Answer, type RunCommand, RunCommands } from "./run-commands.js";

/** A run to be done, and what it is about. */
export type ClaimedRun = NonNullable<ClaimNextRunMutation["claimNextRun"]["run"]>;

/** What holds a run. */
export interface Hold {
  runId: string;
  runnerId: string;
  leaseToken: string;
  leaseSeconds: number;
}

/** A text that is shown while it is being made. */
export interface Draft extends DeltaWriter {
  /** To be given in the payload of the event that is the whole: `streamId`. */
  readonly streamId: string;
}

/**
 * A run that a runner holds: its lease is kept until it is finished, released or lost. What may pass is tried again for ever; what the service
 * refuses is thrown.
 */
export class HeldRun {
  readonly id: string;
  readonly leaseToken: string;
  /** What it is about: its project, profile, metadata, resources and session. */
  readonly about: ClaimedRun;
  readonly #client: StoreClient;
  readonly #hold: Hold;
  readonly #over = new AbortController();
  #isReleased = false;
  readonly #events: AppendQueue;
  readonly #commands: RunCommands;

  constructor(client: StoreClient, about: ClaimedRun, hold: Hold) {
    const { runId, leaseToken } = hold;
    this.id = runId;
    this.leaseToken = leaseToken;
    this.about = about;
    this.#client = client;
    this.#hold = hold;
    this.#events = new AppendQueue(client, { runId, leaseToken }, this.signal);
    this.#commands = new RunCommands(client, { runId, leaseToken }, this.signal);
    void this.#beat();
  }

  /** Aborted once the run is not held any more: it has ended, somebody cancelled it, or the lease is lost. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** True where it had turns or steers, and all of them have ended. */
  get isDone(): boolean {
    return this.#commands.isDone;
  }

  /** True once it was given back. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /**
   * What is asked of it, each once and acknowledged, until the run has ended: first the turns and steers that an earlier holder took and did
   * not end, and what nobody has taken.
   */
  commands(): AsyncIterable<RunCommand> {
    return this.#commands;
  }

  /** Appends events, in order; resolves once they are stored. */
  append(...events: RunEventInput[]): Promise<void> {
    return this.#events.add(events);
  }

  /**
   * Asks people, as an INPUT_REQUEST with this payload does, and waits for the answer. Throws where the run ends before it comes. With a
   * `requestId` of its own, such as the turn's id, it goes on with what an earlier holder asked by it: with a request that is open, or with an
   * answer that nobody has taken.
   */
  async ask(
    payload: { prompt: string; kind?: string; choices?: readonly unknown[] } & Record<string, unknown>,
  ): Promise<Answer> {
    const requestId = typeof payload["requestId"] === "string" ? payload["requestId"] : uniqueKey();
    const told = this.#commands.takeAnswer(requestId);
    if (told) return told;
    const { signal } = this;
    let forget = (): void => {};
    let stop = (): void => {};
    const answer = new Promise<Answer>((resolve, reject) => {
      forget = this.#commands.expect(requestId, resolve);
      stop = () =>
        reject(new GraphRequestError("the run is not held any more", { code: "RUN_OVER", retryable: false }));
      signal.addEventListener("abort", stop);
    });
    answer.catch(() => {});
    try {
      if (signal.aborted) stop();
      await this.append({ type: "INPUT_REQUEST", payload: { ...payload, requestId } });
      return await answer;
    } finally {
      forget();
      signal.removeEventListener("abort", stop);
    }
  }

  /** Begins to show a text while it is being made. Append its event, with the `streamId`, after `end`. */
  draft(type: RunEventType, streamId: string = uniqueKey()): Draft {
    const { runId, leaseToken } = this.#hold;
    return { ...createDeltaWriter(this.#client, { runId, leaseToken, streamId, type }), streamId };
  }

  /** Ends a command, after all that was appended. */
  async finishCommand(
    commandId: string,
    result: TurnResultInput = { terminalStatus: "COMPLETED" },
  ): Promise<void> {
    await this.#events.flush();
    const input = { commandId, leaseToken: this.leaseToken, result };
    await this.#send(() => this.#client.request(finishCommandDocument, { input }));
    this.#commands.noteEnd(commandId);
  }

  /** Ends the run, after all that was appended. */
  async finish(result: TurnResultInput = { terminalStatus: "COMPLETED" }): Promise<void> {
    await this.#events.flush();
    const input = { runId: this.id, leaseToken: this.leaseToken, result };
    await this.#send(() => this.#client.request(finishRunDocument, { input }));
    this.#over.abort();
  }

  /** Gives the run back: to be handed out at once, or once another command is created in it. */
  async release({ untilCommand = false } = {}): Promise<void> {
    await this.#events.flush();
    const input = { runId: this.id, leaseToken: this.leaseToken, untilCommand };
    await this.#send(() => this.#client.request(releaseRunDocument, { input }));
    this.#isReleased = true;
    this.#over.abort();
  }

  #send(operation: () => Promise<unknown>): Promise<unknown> {
    return retry(operation, { signal: this.signal });
  }

  /** Keeps the lease: three times in its length. */
  async #beat(): Promise<void> {
    const { runId, runnerId, leaseToken, leaseSeconds } = this.#hold;
    const input = { runId, runnerId, leaseToken, leaseSeconds };
    while (!this.signal.aborted) {
      await wait((leaseSeconds * 1000) / 3, this.signal);
      if (this.signal.aborted) return;
      try {
        const { heartbeatRun } = await this.#client.request(heartbeatRunDocument, { input, asks: false });
        if (heartbeatRun.run.status !== "CLAIMED") this.#over.abort();
      } catch (error) {
        // Whether the lease still lives the service alone knows: it says so once it is there again.
        if (hasCode(error, "RUNNER_LEASE_CONFLICT", "NOT_FOUND", "FORBIDDEN")) this.#over.abort();
      }
    }
  }
}
