import type { Child } from "./child.js";
import type { Notices } from "./notices.js";

/** The signals that end a program, which exec hands on to its process. */
export const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** How long after a signal exec tries to end what it has made in the service, in milliseconds. */
const partingMs = 10_000;

/** How long after a signal a service that is away, or who reads our output, is still waited for, in milliseconds. */
const awayMs = 3_000;

/**
 * Tells what signals ask of exec, from its first moment on. While its process runs, they are handed on to it; a second
 * SIGINT kills it. Before there is a process, a signal means that there is to be none. Once the process has ended, it
 * means that a service that is away, and whoever does not read our output, is not to be waited for much longer; what the process left
 * running gets it all the same. In neither case does exec end before what it has made in the service is ended too, unless
 * that takes longer than 10 seconds.
 */
export class TurnSignals {
  readonly #asked = new AbortController();
  readonly #gaveUp = new AbortController();
  readonly #early: NodeJS.Signals[] = [];
  readonly #notices: Notices;
  #child: Child | undefined;
  #interrupts = 0;
  #parting: NodeJS.Timeout | undefined;

  /** Resolves once what was made is to be left as it is. */
  readonly cutOff: Promise<void>;
  #cut: () => void = () => {};

  constructor(notices: Notices) {
    this.#notices = notices;
    this.cutOff = new Promise((resolve) => (this.#cut = resolve));
    for (const signal of forwarded) process.on(signal, () => this.#onSignal(signal));
    pauseTogether(() => this.#child);
  }

  /** Aborts if a signal came before there was a process. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** The signal that came before there was a process. */
  get early(): NodeJS.Signals | undefined {
    return this.#early[0];
  }

  /** Aborts when a service that is away, and who reads our output, are not to be waited for any more. */
  get gaveUp(): AbortSignal {
    return this.#gaveUp.signal;
  }

  /** Names the process, which gets the signals that came while it was started. */
  attach(child: Child): void {
    this.#child = child;
    clearTimeout(this.#parting);
    this.#parting = undefined;
    for (const signal of this.#early) this.#handOn(child, signal);
  }

  #onSignal(signal: NodeJS.Signals): void {
    const child = this.#child;
    if (child && !child.hasEnded) this.#handOn(child, signal);
    if (child && !child.hasExited) return;
    if (child) setTimeout(() => this.#gaveUp.abort(), awayMs).unref();
    else this.#early.push(signal);
    this.#asked.abort();
    // What the process left running has its own time to end.
    if (child) void child.exit.then(() => this.#part());
    else this.#part();
  }

  #part(): void {
    this.#parting ??= setTimeout(() => {
      this.#notices.warn(
        `what was begun could not be ended within ${partingMs / 1_000} s, and is left as it is`,
      );
      this.#cut();
    }, partingMs);
  }

  #handOn(child: Child, signal: NodeJS.Signals): void {
    if (signal === "SIGINT") this.#interrupts += 1;
    child.ask(signal === "SIGINT" && this.#interrupts > 1 ? "SIGKILL" : signal);
  }
}

/** Stops the process together with us (Ctrl-Z), and lets it go on with us. Its heartbeats are ours. */
export function pauseTogether(child: () => Child | undefined): void {
  process.on("SIGTSTP", () => {
    child()?.signal("SIGSTOP");
    process.kill(process.pid, "SIGSTOP");
  });
  process.on("SIGCONT", () => child()?.signal("SIGCONT"));
}
