import { GraphRequestError, hasCode } from "../../client/graph-request-error.js";
import type { FailureKind, RunStatus, TurnResultInput } from "../../generated/documents/graphql.js";
import { Delivery } from "./delivery.js";
import { type HeartbeatListener, beat, beatOnce } from "./heartbeat.js";
import type { OutputStreamName } from "./output-piece.js";
import { OutputQueue } from "./output-queue.js";
import type { RunHold } from "./run-hold.js";
import { finishTurn, turnCancelled } from "./turn.js";

/**
 * Why the process has to stop. Nothing more is stored after that, unless the reason is that the turn was cancelled.
 */
export interface StopReason {
  kind: "CANCELLED" | "LOST" | "REFUSED";
  failureKind: FailureKind | null;
  message: string;
}

/** The process that is recorded, as far as a recording needs it. */
export interface Recorded {
  /** Stops reading the process, since too much waits to be stored, or reads it again. */
  setFull: (isFull: boolean) => void;
  interrupt: () => void;
  stop: (reason: StopReason) => void;
}

/**
 * Brings what a process prints into its run, and sends heartbeats meanwhile. While the service is away, it keeps
 * everything in order. Once it keeps more than `maxHeldBytes`, the process has to wait.
 */
export class Recording {
  readonly delivery: Delivery;
  readonly #hold: RunHold;
  readonly #commandId: string;
  readonly #maxHeldBytes: number;
  readonly #recorded: Recorded;
  readonly #queue = new OutputQueue();
  readonly #end = new AbortController();
  readonly #work: Promise<unknown>;
  #isFull = false;
  #reason: StopReason | undefined;
  #status: RunStatus | undefined;

  constructor(hold: RunHold, commandId: string, maxHeldBytes: number, recorded: Recorded) {
    this.#hold = hold;
    this.#commandId = commandId;
    this.#maxHeldBytes = maxHeldBytes;
    this.#recorded = recorded;
    this.delivery = new Delivery(hold);
    const guard = (error: unknown) => this.#fail(error);
    void beat(hold, commandId, this.#listener(), this.#end.signal).catch(guard);
    this.#work = this.delivery
      .drain(
        this.#queue,
        () => this.#isOver(),
        () => this.#measure(),
      )
      .catch(guard);
  }

  /** Why the process had to stop. Undefined if it had not. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** How much is not stored yet, in bytes. */
  get heldBytes(): number {
    return this.#queue.heldBytes;
  }

  /** Takes a chunk that the process printed. */
  push(stream: OutputStreamName, chunk: Uint8Array): void {
    if (this.#isOver()) return;
    this.#queue.push(stream, chunk);
    this.#measure();
  }

  /** Stores what is left and ends the turn and the run. Gives the run's status, or undefined if it is not known. */
  async finish(exitCode: number, result: TurnResultInput): Promise<RunStatus | undefined> {
    this.#queue.end();
    const endedAt = performance.now();
    try {
      await this.#work;
      if (!this.#isOver()) {
        await this.delivery.appendExit(exitCode, endedAt);
        this.#end.abort();
        const end = this.#reason?.kind === "CANCELLED" ? turnCancelled : result;
        this.#status = await finishTurn(this.#hold, this.#commandId, end, endedAt);
      }
    } catch (error) {
      await this.#fail(error);
    } finally {
      this.#end.abort();
    }
    return this.#status;
  }

  /** True if nothing more can be stored. */
  #isOver(): boolean {
    return this.#status !== undefined || (this.#reason !== undefined && this.#reason.kind !== "CANCELLED");
  }

  #measure(): void {
    const isFull = !this.#isOver() && this.heldBytes > this.#maxHeldBytes * (this.#isFull ? 0.5 : 1);
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#recorded.setFull(isFull);
  }

  #listener(): HeartbeatListener {
    return {
      onTurnCancelled: () =>
        this.#stop({ kind: "CANCELLED", failureKind: "CANCELLED", message: "the turn was cancelled" }),
      onInterrupt: () => this.#recorded.interrupt(),
      onRunEnded: (status, failureKind) => {
        if (this.#status !== undefined || this.#end.signal.aborted) return;
        this.#status = status;
        const message =
          status === "CANCELLED" ? "the run was cancelled" : `the run has been ended elsewhere: ${status}`;
        this.#stop({ kind: status === "CANCELLED" ? "CANCELLED" : "LOST", failureKind, message });
      },
    };
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#isOver()) return;
    if (hasCode(error, "ALREADY_TERMINAL") && (await this.#askHowItEnded())) return;
    if (!(error instanceof GraphRequestError)) throw error;
    const lost = hasCode(error, "RUNNER_LEASE_CONFLICT");
    const message = lost ? `another runner holds the run: ${error.message}` : error.message;
    const failureKind = lost ? "RUNNER_LEASE_CONFLICT" : "INFRA_FAILED";
    this.#stop({ kind: lost ? "LOST" : "REFUSED", failureKind, message });
  }

  /**
   * Asks by a heartbeat how the run ended: nothing else is answered for an ended run. Gives false if it cannot be
   * known.
   */
  async #askHowItEnded(): Promise<boolean> {
    await beatOnce(this.#hold, this.#commandId, this.#listener()).catch(() => false);
    return this.#status !== undefined;
  }

  #stop(reason: StopReason): void {
    const isNews =
      this.#reason === undefined || (this.#reason.kind === "CANCELLED" && reason.kind !== "CANCELLED");
    if (isNews) {
      this.#reason = reason;
      this.#recorded.stop(reason);
    }
    if (this.#isOver()) this.#end.abort();
    this.#measure();
  }
}
