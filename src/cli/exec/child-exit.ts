import { constants } from "node:os";

/** How soon after a signal an end with any code that is not 0 counts as asked for, in milliseconds. */
const promptMs = 10_000;

/** What a process was asked by signals before it ended. */
export interface Asked {
  /** The signals in their order: the first is what people meant, and SIGKILL may follow it. */
  signals: readonly NodeJS.Signals[];
  /** How long before its end the last one was sent, in milliseconds. */
  agoMs: number;
}

/** How a process ended. `asked` is undefined if nobody asked it to. */
export type ChildExit =
  | { kind: "EXITED"; code: number; asked?: Asked | undefined }
  | { kind: "KILLED"; signal: NodeJS.Signals; asked?: Asked | undefined }
  | { kind: "NOT_STARTED"; error: NodeJS.ErrnoException };

/**
 * Gives the signal by which a process was asked to end, if it ended by that: killed by it, with the code that shells
 * give for it, or soon after it with any code but 0. A program may also take a signal and go on: then its end is its
 * own.
 */
export function endAskedBy(exit: ChildExit): NodeJS.Signals | undefined {
  if (exit.kind === "NOT_STARTED" || !exit.asked) return undefined;
  const { signals, agoMs } = exit.asked;
  const isBySignal =
    exit.kind === "KILLED"
      ? signals.includes(exit.signal)
      : signals.some((signal) => exit.code === 128 + constants.signals[signal]);
  const isPrompt = exit.kind === "EXITED" && exit.code !== 0 && agoMs < promptMs;
  return isBySignal || isPrompt ? signals[0] : undefined;
}
