import type { Child } from "../exec/child.js";
import { forwarded } from "../exec/signals.js";

/** How long after the first signal it is tried to give back what is held, in milliseconds. */
const patienceMs = 20_000;

/**
 * What signals ask of a worker: the first to end cleanly, one more to kill the process in hand, and one more, or one where
 * there is no process, to wait for the service no longer.
 */
export class WorkerStop {
  readonly #asked = new AbortController();
  readonly #gaveUp = new AbortController();
  /** The process in hand. */
  child: Child | undefined;

  constructor() {
    for (const signal of forwarded) process.on(signal, () => this.#onSignal());
  }

  /** Claim nothing more, and give back what is held. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** End as things are. */
  get gaveUp(): AbortSignal {
    return this.#gaveUp.signal;
  }

  #onSignal(): void {
    if (!this.#asked.signal.aborted) {
      this.#asked.abort();
      setTimeout(() => this.#gaveUp.abort(), patienceMs).unref();
    } else if (this.child && !this.child.hasExited) {
      this.child.signal("SIGKILL");
    } else {
      this.#gaveUp.abort();
    }
  }
}
