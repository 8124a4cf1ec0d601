import { wait } from "../../client/wait.js";

/** How the agents work. */
export interface LiveOptions {
  /** Which stories, and whose runners. */
  seed: number;
  /** How many agents there are. */
  agents: number;
  /** How long an agent rests before each step, in milliseconds; half as long to one and a half times as long. */
  paceMs: number;
  /** How long what is asked waits for a person, in milliseconds. */
  answerMs: number;
  /** Ends it. */
  signal: AbortSignal;
}

/** An agent's run, and the lease by which it is held. */
export interface HeldRun {
  runId: string;
  leaseToken: string;
}

/** Rests as long as agents do before a step. */
export function rest({ paceMs, signal }: LiveOptions): Promise<void> {
  return wait(paceMs * (0.5 + Math.random()), signal);
}
