import type { Child } from "../exec/child.js";
import type { Notices } from "../exec/notices.js";
import { forwarded, pauseTogether } from "../exec/signals.js";

/** How long a worker tries to give back what it holds, in milliseconds. */
const patienceMs = 20_000;

/**
 * Tells what signals ask of a worker. The first asks it to claim nothing more: the task in hand may take its time for
 * `graceMs`. The second, or the end of that time, asks it to stop the process and give the task back. The next one
 * kills the process. Once there is no process, another one asks it to wait for the service no longer.
 */
export class WorkerStop {
  readonly #asked = new AbortController();
  readonly #halted = new AbortController();
  readonly #gaveUp = new AbortController();
  readonly #graceMs: number;
  readonly #notices: Notices;
  /** True while the worker holds a task. */
  hasTask = false;
  /** The process that the worker runs now, if there is one. */
  child: Child | undefined;

  constructor(graceMs: number, notices: Notices) {
    this.#graceMs = graceMs;
    this.#notices = notices;
    for (const signal of forwarded) process.on(signal, () => this.#onSignal());
    pauseTogether(() => this.child);
  }

  /** Aborts when the worker is to claim nothing more. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** Aborts when the worker is to give back what it holds. */
  get halted(): AbortSignal {
    return this.#halted.signal;
  }

  /** Aborts when the worker is to end as things are. */
  get gaveUp(): AbortSignal {
    return this.#gaveUp.signal;
  }

  #onSignal(): void {
    if (!this.#asked.signal.aborted) {
      this.#asked.abort();
      if (this.hasTask && this.#graceMs > 0) this.#drain();
      else this.#halt();
    } else if (!this.#halted.signal.aborted) {
      this.#halt();
    } else if (this.child && !this.child.hasExited) {
      this.child.ask("SIGKILL");
    } else {
      this.#gaveUp.abort();
    }
  }

  #drain(): void {
    this.#notices.say(`finishing the task in hand, for at most ${this.#graceMs / 1_000} s`);
    setTimeout(() => this.#halt(), this.#graceMs).unref();
  }

  #halt(): void {
    this.#halted.abort();
    setTimeout(() => this.#gaveUp.abort(), patienceMs).unref();
  }
}
