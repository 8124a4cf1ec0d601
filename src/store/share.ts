import { AgentRunError } from "../domain/errors.js";

/** How many writes of a tenant may wait for their turn, and how long each, in milliseconds. */
export const maxWaiting = 1_000;
const waitMs = 5_000;

/**
 * What a pool lends to writes. Writes wait for each other's rows; were all connections lent to writes that wait, nobody could
 * read, and no other tenant write. So a tenant gets at most half of the connections that other tenants' writes leave, and all
 * of them together leave one.
 */
export class Shares {
  readonly #connections: number;
  /** Those in which something waits, the one whose turn was longest ago first. */
  readonly #waiting = new Set<Share>();
  #lent = 0;

  /** `connections` is how many the pool has. */
  constructor(connections: number) {
    this.#connections = connections;
  }

  /** Takes one more for a tenant that has `held`, if it may have it. */
  take(held: number): boolean {
    const left = this.#connections - (this.#lent - held);
    if (!this.#hasAny() || held >= Math.max(1, Math.floor(left / 2))) return false;
    this.#lent += 1;
    return true;
  }

  /** Gives one back, which may be the turn of others. */
  giveBack(): void {
    this.#lent -= 1;
    // One that has more to begin comes last again, and is not met twice.
    const inTurn = [...this.#waiting];
    for (const share of inTurn) {
      if (!this.#hasAny()) return;
      this.#waiting.delete(share);
      if (share.beginNext()) this.#waiting.add(share);
    }
  }

  /** Notes that something waits in this share. */
  await(share: Share): void {
    this.#waiting.add(share);
  }

  #hasAny(): boolean {
    return this.#lent < Math.max(1, this.#connections - 1);
  }
}

/** A tenant's part of a pool's connections for its writes. */
export class Share {
  readonly #shares: Shares;
  /** What begins each of the writes that wait, the oldest first. */
  readonly #waiting = new Set<() => void>();
  #held = 0;

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  /** Does the work once it is its turn. Throws RATE_LIMITED if that is too far away. */
  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.size > 0 || !this.#take()) await this.#turn();
    try {
      return await work();
    } finally {
      this.#held -= 1;
      this.#shares.giveBack();
    }
  }

  /** Begins the writes whose turn it is. True if more wait. Is called by {@link Shares} alone. */
  beginNext(): boolean {
    for (const begin of this.#waiting) {
      if (!this.#take()) return true;
      this.#waiting.delete(begin);
      begin();
    }
    return false;
  }

  #take(): boolean {
    const isTaken = this.#shares.take(this.#held);
    if (isTaken) this.#held += 1;
    return isTaken;
  }

  #turn(): Promise<void> {
    if (this.#waiting.size >= maxWaiting) throw tooMany();
    return new Promise((resolve, reject) => {
      const over = giveUpLater(() => {
        this.#waiting.delete(begin);
        reject(tooMany());
      });
      const begin = () => {
        clearTimeout(over);
        resolve();
      };
      this.#waiting.add(begin);
      this.#shares.await(this);
    });
  }
}

/** Calls what gives up a write whose turn has not come in its time; whoever begins it clears the timer. */
export function giveUpLater(giveUp: () => void): NodeJS.Timeout {
  return setTimeout(giveUp, waitMs);
}

/** Says that a tenant's write is not begun. */
export function tooMany(): AgentRunError {
  return new AgentRunError(
    "this tenant has more writes under way than its share of the database takes: try again",
    {
      code: "RATE_LIMITED",
      details: { retryAfterSeconds: 1 },
    },
  );
}
