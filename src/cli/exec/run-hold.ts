import { GraphRequestError, hasCode } from "../../client/graph-request-error.js";
import { type RetryOptions, retry } from "../../client/retry.js";
import { claimRunDocument } from "../operations/run.js";
import type { GraphClient } from "../../client/transport.js";
import type { ServiceClock } from "./service-clock.js";

/** How long the service keeps the run for us without hearing from us, in seconds. */
export const leaseSeconds = 60;

/** How often one write may take the lease anew before it gives up. */
const maxClaims = 3;

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
  #token: string;
  #claiming: Promise<void> | undefined;

  constructor(client: GraphClient, claimed: ClaimedRun, options: HoldOptions) {
    this.client = client;
    this.runId = claimed.runId;
    this.runnerId = claimed.runnerId;
    this.clock = claimed.clock;
    this.#token = claimed.leaseToken;
    this.#options = options;
  }

  /**
   * Sends a write until it is done. The write must be one that may be sent twice. If the lease ran out while the
   * service was away, the run is claimed again. Throws a GraphRequestError if another runner holds the run now
   * (RUNNER_LEASE_CONFLICT), if the run has ended (ALREADY_TERMINAL), or if the write is refused.
   */
  async write<Result>(send: (leaseToken: string) => Promise<Result>): Promise<Result> {
    const result = await retry(async () => {
      for (let claims = 0; ; claims += 1) {
        const token = this.#token;
        try {
          return await send(token);
        } catch (error) {
          if (!hasCode(error, "RUNNER_LEASE_CONFLICT") || claims === maxClaims) throw error;
          if (token === this.#token) await this.#claimAgain();
        }
      }
    }, this.#options);
    this.#options.onAnswer();
    return result;
  }

  /** Claims the run again, one claim at a time. A second one would make the token of the first invalid. */
  #claimAgain(): Promise<void> {
    this.#claiming ??= this.#claim().finally(() => (this.#claiming = undefined));
    return this.#claiming;
  }

  async #claim(): Promise<void> {
    this.#token = await requestClaim(this.client, this);
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
