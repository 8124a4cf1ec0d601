import type {
  ClaimNextRunMutation,
  RunEventInput,
  RunEventType,
  TurnResultInput,
} from "../../generated/client/graphql.js";
import { type DeltaWriter, createDeltaWriter } from "../delta-writer.js";
import type { StoreClient } from "../stores/store.js";
import { uniqueKey } from "../unique-key.js";
import { AppendQueue } from "./append-queue.js";
import { finishCommandDocument, finishRunDocument, releaseRunDocument } from "./documents.js";
import { type Answer, Questions } from "./questions.js";
import { type RunCommand, RunCommands } from "./run-commands.js";
import { type Hold, RunLease } from "./run-lease.js";

/** A run to be done, and what it is about. */
export type ClaimedRun = NonNullable<ClaimNextRunMutation["claimNextRun"]["run"]>;

/** A text that is shown while it is being made. */
export interface Draft extends DeltaWriter {
  /** To be given in the payload of the event that is the whole: `streamId`. */
  readonly streamId: string;
}

/**
 * A run that a runner holds: its lease is kept until it is finished, released or lost, and taken anew where it ran out and nobody else has claimed
 * the run. What may pass is tried again for ever; what the service refuses is thrown.
 */
export class HeldRun {
  readonly id: string;
  /** What it is about: its project, profile, metadata, resources and session. */
  readonly about: ClaimedRun;
  readonly #client: StoreClient;
  readonly #lease: RunLease;
  readonly #events: AppendQueue;
  readonly #questions: Questions;
  readonly #commands: RunCommands;
  #isReleased = false;

  constructor(client: StoreClient, about: ClaimedRun, hold: Hold) {
    this.id = hold.runId;
    this.about = about;
    this.#client = client;
    this.#lease = new RunLease(client, hold);
    this.#events = new AppendQueue(client, this.#lease);
    this.#questions = new Questions(this.#lease);
    this.#commands = new RunCommands(client, this.#lease, this.#questions);
  }

  /** The lease token as it is now: another one once the lease ran out and was taken anew. */
  get leaseToken(): string {
    return this.#lease.token;
  }

  /** Aborted once the run is known not to be held any more: it has ended, somebody cancelled it, or another runner holds it. */
  get signal(): AbortSignal {
    return this.#lease.signal;
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

  /** Appends events, in order; resolves once they are stored. What is refused takes nothing with it that another call appended. */
  async append(...events: RunEventInput[]): Promise<void> {
    await this.#events.add(events);
  }

  /**
   * Asks people, as an INPUT_REQUEST with this payload does, and waits for the answer: a turn or steer that answers it counts, and comes as a command
   * too. With a `requestId` of its own, such as the turn's id, it goes on with what an earlier holder asked by it: with a request that is open, or
   * with an answer that nobody has taken. Throws REQUEST_WITHDRAWN where no answer will come, since the turn that asks has ended or other words were
   * asked by the same `requestId`, and RUN_OVER where the run is not held any more.
   */
  async ask(
    payload: { prompt: string; kind?: string; choices?: readonly unknown[] } & Record<string, unknown>,
  ): Promise<Answer> {
    const requestId = typeof payload["requestId"] === "string" ? payload["requestId"] : uniqueKey();
    const told = this.#commands.takeAnswer(requestId);
    if (told) return told;
    const event: RunEventInput = { type: "INPUT_REQUEST", payload: { ...payload, requestId } };
    return this.#questions.ask(requestId, async () => (await this.#events.add([event]))[0]);
  }

  /** Begins to show a text while it is being made. Append its event, with the `streamId`, after `end`. */
  draft(type: RunEventType, streamId: string = uniqueKey()): Draft {
    const lease = this.#lease;
    const target = {
      runId: this.id,
      streamId,
      type,
      get leaseToken() {
        return lease.token;
      },
    };
    return { ...createDeltaWriter(this.#client, target), streamId };
  }

  /** Ends a command, after all that was appended. */
  async finishCommand(
    commandId: string,
    result: TurnResultInput = { terminalStatus: "COMPLETED" },
  ): Promise<void> {
    await this.#events.flush();
    await this.#lease.write((leaseToken) =>
      this.#client.request(finishCommandDocument, { input: { commandId, leaseToken, result } }),
    );
    this.#commands.noteEnd(commandId);
  }

  /** Ends the run, after all that was appended. */
  async finish(result: TurnResultInput = { terminalStatus: "COMPLETED" }): Promise<void> {
    await this.#events.flush();
    await this.#lease.write((leaseToken) =>
      this.#client.request(finishRunDocument, { input: { runId: this.id, leaseToken, result } }),
    );
    this.#lease.end();
  }

  /**
   * Gives the run back, after all that was appended: to be handed out at once, or once another command is created in it. After the signal what
   * fails is not tried again, and the lease runs out.
   */
  async release({
    untilCommand = false,
    signal,
  }: { untilCommand?: boolean; signal?: AbortSignal } = {}): Promise<void> {
    if (signal) this.#lease.tryUntil(signal);
    await this.#events.flush();
    const runId = this.id;
    await this.#lease.giveBack((leaseToken) =>
      this.#client.request(releaseRunDocument, { input: { runId, leaseToken, untilCommand } }),
    );
    this.#isReleased = true;
  }
}
