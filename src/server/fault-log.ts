import { AgentRunError } from "../domain/errors.js";
import { isDatabaseGone } from "../store/database-error.js";
import type { Log } from "./log.js";

/** How many lines in each window say one fault with its stack. An outage is one thing, however many calls meet it. */
const linesPerWindow = { outage: 1, fault: 10 };

type Kind = keyof typeof linesPerWindow;
type Level = "error" | "warn";

/** What was said of one kind in its window, and what only counted. */
interface Window {
  lines: number;
  more: number;
  last: { level: Level; error: unknown; message: string } | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Writes faults to the log, so many lines a second and no more, since each is written before anything else goes on. Within
 * a second the first of an outage and the first ten others are written with their stacks. The rest is counted, and one line
 * says at the second's end how many they were and what the last one was.
 */
export class FaultLog {
  readonly #log: Log;
  readonly #windowMs: number;
  readonly #windows: Record<Kind, Window> = { outage: emptyWindow(), fault: emptyWindow() };

  /** `windowMs` is how long a window is, in milliseconds. Default: 1,000. */
  constructor(log: Log, windowMs = 1_000) {
    this.#log = log;
    this.#windowMs = windowMs;
  }

  /** Writes a fault, or counts it. */
  report(error: unknown, message: string, level: Level = "error"): void {
    const kind = isOutage(error) ? "outage" : "fault";
    const window = this.#windows[kind];
    if (window.lines < linesPerWindow[kind]) {
      window.lines += 1;
      this.#log[level]({ err: reasonOf(error) }, message);
    } else {
      window.more += 1;
      window.last = { level, error, message };
    }
    window.timer ??= setInterval(() => this.#endWindow(window), this.#windowMs).unref();
  }

  /** Says what was counted last, and runs no timer any more. */
  close(): void {
    for (const window of Object.values(this.#windows)) {
      this.#sum(window);
      this.#stop(window);
    }
  }

  #endWindow(window: Window): void {
    // The line that sums up is the first of the window that begins.
    window.lines = this.#sum(window) ? 1 : 0;
    if (window.lines === 0) this.#stop(window);
  }

  /** Writes how many faults were counted. Gives false if there were none. */
  #sum(window: Window): boolean {
    const { last, more } = window;
    window.more = 0;
    window.last = undefined;
    if (!last) return false;
    const reason = reasonOf(last.error);
    const lastReason = reason instanceof Error ? reason.message : String(reason);
    this.#log[last.level]({ more, lastReason }, `${more} more faults, the last: ${last.message}`);
    return true;
  }

  #stop(window: Window): void {
    clearInterval(window.timer);
    window.timer = undefined;
  }
}

function emptyWindow(): Window {
  return { lines: 0, more: 0, last: undefined, timer: undefined };
}

/** Tells whether something that the service needs did not answer. */
function isOutage(error: unknown): boolean {
  return (error instanceof AgentRunError && error.code === "UNAVAILABLE") || isDatabaseGone(error);
}

/** What a refusal was made of says more than the refusal. */
function reasonOf(error: unknown): unknown {
  return error instanceof AgentRunError ? (error.cause ?? error) : error;
}
