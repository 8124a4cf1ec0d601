import type { Child } from "./child.js";

/** The signals that end a program. */
export const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Hands our signals on to the process; a second SIGINT kills it. One that comes when the process has ended means that
 * nobody wants to wait for the service any more: `onGiveUp`.
 */
export function forwardSignals(child: Child, onGiveUp: () => void): void {
  let interrupts = 0;
  for (const signal of forwarded) {
    process.on(signal, () => {
      if (child.hasEnded) return onGiveUp();
      if (signal === "SIGINT") interrupts += 1;
      child.signal(signal === "SIGINT" && interrupts > 1 ? "SIGKILL" : signal);
    });
  }
}
