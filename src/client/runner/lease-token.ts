import { hasCode } from "../graph-request-error.js";

/** How often one write may take the lease anew before it gives up. */
const maxClaims = 3;

/** The token of a run's lease, which is another one once the lease ran out and the run was claimed again. */
export class LeaseToken {
  readonly #claim: () => Promise<string>;
  #token: string;
  #claiming: Promise<void> | undefined;

  /** `claim` claims the run again, and gives the new token. */
  constructor(token: string, claim: () => Promise<string>) {
    this.#token = token;
    this.#claim = claim;
  }

  /** The token as it is now. */
  get now(): string {
    return this.#token;
  }

  /** Waits for a claim that is under way, whatever comes of it. */
  async settled(): Promise<void> {
    await this.#claiming?.catch(() => {});
  }

  /**
   * Sends a write with the token. Where the lease ran out the run is claimed again, if it `mayClaim`. Throws what the write or the claim is
   * refused with: RUNNER_LEASE_CONFLICT where another holds the run.
   */
  async send<Result>(
    send: (leaseToken: string) => Promise<Result>,
    mayClaim: () => boolean = () => true,
  ): Promise<Result> {
    for (let claims = 0; ; claims += 1) {
      const token = this.#token;
      try {
        return await send(token);
      } catch (error) {
        if (!hasCode(error, "RUNNER_LEASE_CONFLICT") || !mayClaim() || claims === maxClaims) throw error;
        if (token === this.#token) await this.#claimAgain();
      }
    }
  }

  /** One claim at a time: a second one would make the token of the first invalid. */
  #claimAgain(): Promise<void> {
    this.#claiming ??= this.#take().finally(() => (this.#claiming = undefined));
    return this.#claiming;
  }

  async #take(): Promise<void> {
    this.#token = await this.#claim();
  }
}
