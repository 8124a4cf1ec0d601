import { GraphRequestError } from "../../client/graph-request-error.js";
import { type RetryOptions, retry } from "../../client/retry.js";
import { LeaseToken } from "../../client/runner/lease-token.js";
import { claimRunDocument } from "../operations/run.js";
import type { GraphClient } from "../../client/transport.js";
import type { ServiceClock } from "./service-clock.js";

/** How long the service keeps the run for us without hearing from us, in seconds. */
export const leaseSeconds = 60;

/** How a hold retries its writes, and what it tells of them. */
export interface HoldOptions extends RetryOptions {
  /** Is called for every write that succeeded. The service is there. */
  onAnswer: () => void;
}

/** A claimed run. Every write to it goes through here, so that it carries the lease token as it is now. */
export class RunHold {
  readonly client: GraphClient;
  readonly runId: string;
  readonly runnerId: string;
  readonly clock: ServiceClock;
  readonly #options: HoldOptions;
  readonly #token: LeaseToken;

  constructor(client: GraphClient, claimed: ClaimedRun, options: HoldOptions) {
    this.client = client;
    this.runId = claimed.runId;
    this.runnerId = claimed.runnerId;
    this.clock = claimed.clock;
    this.#token = new LeaseToken(claimed.leaseToken, () => requestClaim(client, claimed));
    this.#options = options;
  }

  /**
   * Sends a write until it is done. The write must be one that may be sent twice. If the lease ran out while the
   * service was away, the run is claimed again. Throws a GraphRequestError if another runner holds the run now
   * (RUNNER_LEASE_CONFLICT), if the run has ended (ALREADY_TERMINAL), or if the write is refused.
   */
  async write<Result>(send: (leaseToken: string) => Promise<Result>): Promise<Result> {
    const result = await retry(() => this.#token.send(send), this.#options);
    this.#options.onAnswer();
    return result;
  }
}

/** The run that a runner claims. */
export interface RunClaim {
  runId: string;
  runnerId: string;
}

/** A run that a runner has claimed. */
export interface ClaimedRun extends RunClaim {
  leaseToken: string;
  /** As the answers until then told it. */
  clock: ServiceClock;
}

/** Claims a run and gives the lease token. */
export async function requestClaim(client: GraphClient, { runId, runnerId }: RunClaim): Promise<string> {
  const { claimRun } = await client.request(claimRunDocument, { input: { runId, runnerId, leaseSeconds } });
  if (claimRun.leaseToken) return claimRun.leaseToken;
  throw new GraphRequestError("the service gave no lease token", { code: "NO_LEASE", retryable: false });
}
