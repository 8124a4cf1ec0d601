import { Caller, composeRequest } from "../caller.js";

/** The most connections; what is over waits, and that wait is part of what is measured. */
const maxConnections = 128;

/** As many connections to one URL as its calls need at once. */
export class CallerPool {
  readonly #target: URL;
  readonly #callers = new Set<Caller>();
  readonly #idle: Caller[] = [];
  readonly #waiting: ((caller: Caller) => void)[] = [];

  constructor(url: string) {
    this.#target = new URL(url);
  }

  /** Posts a body; rejects where the answer is not a good one. */
  async call(body: string): Promise<void> {
    const caller = await this.#take();
    await caller.call(composeRequest(this.#target, body));
    const next = this.#waiting.shift();
    if (next) next(caller);
    else this.#idle.push(caller);
  }

  close(): void {
    for (const caller of this.#callers) caller.close();
  }

  #take(): Caller | Promise<Caller> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.ended) return idle;
      this.#callers.delete(idle);
    }
    if (this.#callers.size === maxConnections) return new Promise((resolve) => this.#waiting.push(resolve));
    const caller = new Caller(this.#target);
    this.#callers.add(caller);
    return caller;
  }
}
