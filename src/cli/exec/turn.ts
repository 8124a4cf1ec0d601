import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { acknowledgeCommandDocument, finishCommandDocument } from "../operations/command.js";
import { GraphRequestError, hasCode } from "../../client/graph-request-error.js";
import { type RetryOptions, retry } from "../../client/retry.js";
import { cancelRunDocument, createRunDocument, finishRunDocument } from "../operations/run.js";
import { registerRunnerDocument } from "../operations/runner.js";
import type { GraphClient } from "../../client/transport.js";
import type { RunStatus, TurnResultInput } from "../../generated/documents/graphql.js";
import { turnPayload } from "./command-line.js";
import { type ClaimedRun, type RunHold, leaseSeconds, requestClaim } from "./run-hold.js";
import { ServiceClock } from "./service-clock.js";

/** The command that a turn runs, and the names under which it runs. */
export interface TurnRequest {
  argv: readonly [string, ...string[]];
  sessionId: string;
  projectId: string;
  backendProfile: string;
  /** The runner that claims the run: the id that {@link registerRunner} gave. */
  runnerId: string;
  /** The title of a new session. Default: the command line. */
  title?: string | undefined;
  /** After how many expired leases the run fails. Default: that of the service. */
  maxAttempts?: number;
  /** What the turn's payload says besides the command line. */
  facts?: object;
}

/** A turn that is acknowledged, in a run that we have claimed. */
export interface OpenTurn extends ClaimedRun {
  commandId: string;
}

/** Registers this process as a runner and gives its id. */
export async function registerRunner(
  client: GraphClient,
  { backendProfile, facts = {} }: { backendProfile: string; facts?: object },
  options: RetryOptions,
): Promise<string> {
  const id = `rnr_exec-${randomUUID()}`;
  const name = `exec@${hostname()}`.slice(0, 200);
  const attributes = { pid: process.pid, ...facts };
  const runner = { id, name, backendProfiles: [backendProfile], attributes };
  await retry(() => client.request(registerRunnerDocument, { input: runner }), options);
  return id;
}

/** How long what was made for a turn that is not to be is tried to be ended, in milliseconds. */
const abandonMs = 8_000;

/**
 * Creates a run with a turn and a lease of it in one step, so that no other runner can take it, and acknowledges the turn. Each
 * step is one that may be sent twice.
 * Gives undefined if the signal came before that was done. Nothing is left to wait for a process that never comes: if
 * the turn is not opened, the run is cancelled. Throws a GraphRequestError that names the run if that fails.
 */
export async function openTurn(
  client: GraphClient,
  request: TurnRequest,
  options: RetryOptions,
): Promise<OpenTurn | undefined> {
  const opening = new Opening(client, request, options);
  try {
    const turn = await opening.run();
    if (turn && !options.signal?.aborted) return turn;
  } catch (error) {
    if (opening.isAnothers(error)) throw error;
    await opening.abandon(error);
    if (options.signal?.aborted) return undefined;
    throw error;
  }
  await opening.abandon();
  return undefined;
}

/** The steps to an open turn, and the way back. */
class Opening {
  readonly #client: GraphClient;
  readonly #request: TurnRequest;
  readonly #options: RetryOptions;
  readonly #key = `exec-${randomUUID()}`;
  readonly #clock = new ServiceClock();
  #runId: string | undefined;

  constructor(client: GraphClient, request: TurnRequest, options: RetryOptions) {
    this.#client = client;
    this.#request = request;
    this.#options = options;
  }

  /** Takes all steps. Gives undefined if the signal came between two of them. */
  async run(): Promise<OpenTurn | undefined> {
    const client = this.#client;
    const { runnerId } = this.#request;
    if (this.#options.signal?.aborted) return undefined;
    const { runId, commandId, ...created } = await this.#createRun(this.#options);

    // There is none if the answer was lost and the lease has run out since.
    const leaseToken =
      created.leaseToken ?? (await this.#step(() => requestClaim(client, { runId, runnerId })));
    if (leaseToken === undefined) return undefined;
    const taken = { commandId, leaseToken };
    await this.#step(() => client.request(acknowledgeCommandDocument, { input: taken }));
    return { runId, runnerId, commandId, leaseToken, clock: this.#clock };
  }

  /** True if the run is another runner's work by now, and nobody asked for its end. */
  isAnothers(error: unknown): boolean {
    return hasCode(error, "RUNNER_LEASE_CONFLICT") && !this.#options.signal?.aborted;
  }

  /**
   * Cancels the run if there is one. If it is not known whether there is, because the answer was lost, it is asked for
   * again first.
   */
  async abandon(error?: unknown): Promise<void> {
    const isUnknown = error instanceof GraphRequestError && error.retryable;
    if (this.#runId === undefined && !isUnknown) return;
    const options = { deadlineAt: Date.now() + abandonMs };
    try {
      const runId = this.#runId ?? (await this.#createRun(options)).runId;
      const input = { runId, reason: "its process was never started" };
      await retry(() => this.#client.request(cancelRunDocument, { input }), options);
    } catch (failure) {
      if (!(failure instanceof GraphRequestError)) throw failure;
      const run = this.#runId === undefined ? "a run that may have been made" : `the run ${this.#runId}`;
      const message = `${run} could not be cancelled: ${failure.message}`;
      throw new GraphRequestError(message, { code: failure.code, retryable: false, cause: failure });
    }
  }

  /** Takes a step unless the signal has come. */
  async #step<Result>(operation: () => Promise<Result>): Promise<Result | undefined> {
    return this.#options.signal?.aborted ? undefined : retry(operation, this.#options);
  }

  async #createRun(options: RetryOptions) {
    const { sessionId, projectId, backendProfile, title, maxAttempts, argv, runnerId, facts } = this.#request;
    const input = {
      projectId,
      backendProfile,
      session: { sessionId, ...(title === undefined ? {} : { metadata: { title } }) },
      maxAttempts,
      turn: { payload: turnPayload(argv, process.cwd(), facts) },
      claim: { runnerId, leaseSeconds },
      idempotencyKey: this.#key,
    };
    const { createRun } = await retry(() => this.#client.request(createRunDocument, { input }), options);
    const { run, command, leaseToken } = createRun;
    this.#runId = run.id;
    if (run.lease) this.#clock.note(run.lease.heartbeatAt);
    if (!command)
      throw new GraphRequestError("the service gave no turn", { code: "NO_TURN", retryable: false });
    return { runId: run.id, commandId: command.id, leaseToken };
  }
}

/** The end of a run whose turn was cancelled while the run was not. */
export const turnCancelled: TurnResultInput = {
  terminalStatus: "CANCELLED",
  failureKind: "CANCELLED",
  failureMessage: "the turn was cancelled",
};

/**
 * Ends the turn, and then its run in the same way. What has ended already stays as it is. `endedAt` is the moment of their end, by
 * default now. Gives the run's status.
 */
export async function finishTurn(
  hold: RunHold,
  commandId: string,
  result: TurnResultInput,
  endedAt: number = performance.now(),
): Promise<RunStatus> {
  const { client, runId, clock } = hold;
  const { finishCommand } = await hold.write((leaseToken) =>
    client.request(finishCommandDocument, {
      input: { commandId, result, leaseToken, occurredAt: clock.timeOf(endedAt) },
    }),
  );
  const isCancelled = finishCommand.command.state === "CANCELLED";
  const end = isCancelled && result.terminalStatus !== "CANCELLED" ? turnCancelled : result;
  const { finishRun } = await hold.write((leaseToken) =>
    client.request(finishRunDocument, {
      input: { runId, result: end, leaseToken, occurredAt: clock.timeOf(endedAt) },
    }),
  );
  return finishRun.run.status;
}
