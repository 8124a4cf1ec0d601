import type { TerminalStatus } from "./run.js";

/** What a command asks: a turn starts work, a steer adds to work, an interrupt is a message to the runner alone. */
export const commandTypes = ["TURN", "STEER", "INTERRUPT"] as const;

/** One of {@link commandTypes}. */
export type CommandType = (typeof commandTypes)[number];

/** PENDING -> ACKNOWLEDGED -> COMPLETED | FAILED | CANCELLED; a pending one may end without being acknowledged. */
export const commandStates = ["PENDING", "ACKNOWLEDGED", "COMPLETED", "FAILED", "CANCELLED"] as const;

/** One of {@link commandStates}. */
export type CommandState = (typeof commandStates)[number];

/** True for a command that has ended; it never changes again. */
export function isCommandEnded(state: CommandState): boolean {
  return state !== "PENDING" && state !== "ACKNOWLEDGED";
}

/** The state of a command that ended so: BLOCKED is a failure. */
export function commandStateOf(terminalStatus: TerminalStatus): CommandState {
  return terminalStatus === "BLOCKED" ? "FAILED" : terminalStatus;
}

/** True for the commands that make a session RUNNING; an interrupt touches no session. */
export function movesSession(type: CommandType): boolean {
  return type !== "INTERRUPT";
}

/** Why something is cancelled where the caller says nothing. */
export const defaultReason = "cancel requested";
