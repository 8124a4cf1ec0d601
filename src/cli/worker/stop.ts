import type { Child } from "../exec/child.js";
import { forwarded } from "../exec/signals.js";

/** How long after the first signal the worker tries to give back what it holds, in milliseconds. */
const patienceMs = 20_000;

/**
 * Tells what signals ask of a worker. The first asks it to end cleanly. The next one kills the process in hand. Once
 * there is no process, another one asks it to wait for the service no longer.
 */
export class WorkerStop {
  readonly #asked = new AbortController();
  readonly #gaveUp = new AbortController();
  /** The process that the worker runs now, if there is one. */
  child: Child | undefined;

  constructor() {
    for (const signal of forwarded) process.on(signal, () => this.#onSignal());
  }

  /** Aborts when the worker is to claim nothing more and give back what it holds. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** Aborts when the worker is to end as things are. */
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
