/*
 * The hold of a run: its lease is kept by heartbeats, and taken anew where it ran out and nobody else has claimed the run. All that is written
 * to the run goes through here, so that it carries the lease token as it is now.
 */
import type { HeartbeatRunMutation } from "../../generated/client/graphql.js";
import { hasCode } from "../graph-request-error.js";
import { retry } from "../retry.js";
import type { GraphClient } from "../transport.js";
import { wait } from "../wait.js";
import { claimRunDocument, heartbeatRunDocument } from "./documents.js";
import { LeaseToken } from "./lease-token.js";

/** What holds a run. */
export interface Hold {
  runId: string;
  runnerId: string;
  leaseToken: string;
  leaseSeconds: number;
}

/** A run as a heartbeat tells of it. */
type BeatenRun = HeartbeatRunMutation["heartbeatRun"]["run"];

/** A lease that is kept until the run has ended, is given back, or is lost to another holder. */
export class RunLease {
  readonly runId: string;
  readonly leaseSeconds: number;
  readonly #runnerId: string;
  readonly #client: GraphClient;
  readonly #over = new AbortController();
  /** Aborted once what fails is not tried again. */
  readonly #patience = new AbortController();
  readonly #token: LeaseToken;
  #rest = new AbortController();
  #isLeaving = false;

  constructor(client: GraphClient, { runId, runnerId, leaseToken, leaseSeconds }: Hold) {
    this.#client = client;
    this.runId = runId;
    this.leaseSeconds = leaseSeconds;
    this.#runnerId = runnerId;
    this.#token = new LeaseToken(leaseToken, () => this.#claim());
    this.signal.addEventListener("abort", () => {
      this.#patience.abort();
      this.#rest.abort();
    });
    void this.#keep();
  }

  /** Aborted once the run is not held any more. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** The lease token as it is now. */
  get token(): string {
    return this.#token.now;
  }

  /** Ends the hold: the run has ended, or is given back. */
  end(): void {
    this.#over.abort();
  }

  /** Lets what fails after the signal not be tried again. */
  tryUntil(signal: AbortSignal): void {
    if (signal.aborted) this.#patience.abort();
    else signal.addEventListener("abort", () => this.#patience.abort(), { signal: this.signal });
  }

  /**
   * Sends a write until it is done; it must be one that may be sent twice. Where the lease ran out meanwhile, the run is claimed again. Throws
   * what the service refuses, RUNNER_LEASE_CONFLICT where another holds the run.
   */
  async write<Result>(send: (leaseToken: string) => Promise<Result>): Promise<Result> {
    try {
      return await retry(() => this.#sendHeld(send), { signal: this.#patience.signal });
    } catch (error) {
      // The run may be over: a heartbeat tells.
      if (hasCode(error, "ALREADY_TERMINAL", "NOT_FOUND")) this.#rest.abort();
      throw error;
    }
  }

  /** Sends a heartbeat, and gives the run, with what it asks of people where `asks` says so. Ends the hold where the run is over. */
  async beat({ asks, after }: { asks: boolean; after?: string | null }): Promise<BeatenRun> {
    const { runId, leaseSeconds } = this;
    try {
      const { heartbeatRun } = await this.write((leaseToken) => {
        const input = { runId, runnerId: this.#runnerId, leaseToken, leaseSeconds };
        return this.#client.request(heartbeatRunDocument, { input, asks, after });
      });
      // PENDING: the lease ran out a moment ago, and the next write claims the run again.
      if (!["CLAIMED", "PENDING"].includes(heartbeatRun.run.status)) this.end();
      return heartbeatRun.run;
    } catch (error) {
      if (hasCode(error, "NOT_FOUND", "FORBIDDEN")) this.end();
      throw error;
    }
  }

  /** Gives the run back by what is sent, and ends the hold; also where it is lost, or cannot be given back: then the lease runs out. */
  async giveBack(send: (leaseToken: string) => Promise<unknown>): Promise<void> {
    const { signal } = this.#patience;
    this.#isLeaving = true;
    try {
      await this.#token.settled();
      await retry(() => this.#sendHeld(send, true), { signal });
      this.end();
    } catch (error) {
      if (signal.aborted || hasCode(error, "RUNNER_LEASE_CONFLICT", "NOT_FOUND")) this.end();
      throw error;
    } finally {
      this.#isLeaving = false;
    }
  }

  /** Three heartbeats in the length of the lease. One that fails is tried again at once, as every write is. */
  async #keep(): Promise<void> {
    while (!this.signal.aborted) {
      await wait((this.leaseSeconds * 1000) / 3, this.#rest.signal);
      this.#rest = new AbortController();
      if (!this.signal.aborted) await this.beat({ asks: false }).catch(() => {});
    }
  }

  /** While the run is given back no other write claims it again. */
  #sendHeld<Result>(send: (leaseToken: string) => Promise<Result>, isRelease = false): Promise<Result> {
    return this.#token.send(send, () => !this.signal.aborted && (isRelease || !this.#isLeaving));
  }

  async #claim(): Promise<string> {
    const input = { runId: this.runId, runnerId: this.#runnerId, leaseSeconds: this.leaseSeconds };
    try {
      const { claimRun } = await this.#client.request(claimRunDocument, { input });
      return claimRun.leaseToken ?? this.token;
    } catch (error) {
      if (hasCode(error, "RUNNER_LEASE_CONFLICT", "ALREADY_TERMINAL", "NOT_FOUND", "FORBIDDEN")) this.end();
      throw error;
    }
  }
}
