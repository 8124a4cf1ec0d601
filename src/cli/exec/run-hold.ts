import { GraphRequestError, hasCode } from "../../client/graph-request-error.js";
import { type RetryOptions, retry } from "../../client/retry.js";
import { claimRunDocument } from "../operations/run.js";
import type { GraphClient } from "../../client/transport.js";

/** How long the service keeps the run for us without a word, in seconds. */
export const leaseSeconds = 60;

/** How often one write may take the lease anew before it is clear that it is no use. */
const maxClaims = 3;

/** What a hold tells and obeys. */
export interface HoldOptions extends RetryOptions {
  /** Told of every write that succeeded: the service is there. */
  onAnswer: () => void;
}

/** A claimed run: every write goes through here, so that it carries the lease's token as it is now. */
export class RunHold {
  readonly client: GraphClient;
  readonly runId: string;
  readonly runnerId: string;
  readonly #options: HoldOptions;
  #token: string;
  #claiming: Promise<void> | undefined;

  constructor(client: GraphClient, claimed: ClaimedRun, options: HoldOptions) {
    this.client = client;
    this.runId = claimed.runId;
    this.runnerId = claimed.runnerId;
    this.#token = claimed.leaseToken;
    this.#options = options;
  }

  /**
   * Sends a write that may be sent twice, until it is done. Where the lease ran out while the service was away the run is
   * claimed again. Throws a GraphRequestError where the run is somebody else's now (RUNNER_LEASE_CONFLICT), has ended
   * (ALREADY_TERMINAL), or the write is refused.
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

  /** One claim at a time: a second would take the token of the first away. */
  #claimAgain(): Promise<void> {
    this.#claiming ??= this.#claim().finally(() => (this.#claiming = undefined));
    return this.#claiming;
  }

  async #claim(): Promise<void> {
    this.#token = await requestClaim(this.client, this);
  }
}

/** Which run a runner claims. */
export interface RunClaim {
  runId: string;
  runnerId: string;
}

/** A run that a runner has claimed. */
export interface ClaimedRun extends RunClaim {
  leaseToken: string;
}

/** Claims a run; the token is that of the lease. */
export async function requestClaim(client: GraphClient, { runId, runnerId }: RunClaim): Promise<string> {
  const { claimRun } = await client.request(claimRunDocument, { input: { runId, runnerId, leaseSeconds } });
  if (claimRun.leaseToken) return claimRun.leaseToken;
  throw new GraphRequestError("the service gave no lease token", { code: "NO_LEASE", retryable: false });
}
