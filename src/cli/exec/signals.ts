import type { Child } from "./child.js";

/** The signals that end a program, which exec hands on to its process. */
export const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Hands our signals on to the process. A second SIGINT kills it. A signal that comes once the process has ended means
 * that the service is not to be waited for any more, so it calls `onGiveUp`.
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
