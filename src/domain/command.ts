import type { JsonObject } from "./json-value.js";
import type { TerminalStatus } from "./run.js";

/**
 * What a command asks. A turn starts work, a steer adds to it. An interrupt is a message to the runner alone, and so is an answer
 * to an input request, which the service alone creates.
 */
export const commandTypes = ["TURN", "STEER", "INTERRUPT", "ANSWER"] as const;

/** One of {@link commandTypes}. */
export type CommandType = (typeof commandTypes)[number];

/** PENDING -> ACKNOWLEDGED -> COMPLETED | FAILED | CANCELLED. A pending command may end without being acknowledged. */
export const commandStates = ["PENDING", "ACKNOWLEDGED", "COMPLETED", "FAILED", "CANCELLED"] as const;

/** One of {@link commandStates}. */
export type CommandState = (typeof commandStates)[number];

/** Tells whether a command in this state has ended. An ended command never changes again. */
export function isCommandEnded(state: CommandState): boolean {
  return state !== "PENDING" && state !== "ACKNOWLEDGED";
}

/** Gives the state of a command that ended with this status. Commands have no BLOCKED state: it counts as FAILED. */
export function commandStateOf(terminalStatus: TerminalStatus): CommandState {
  return terminalStatus === "BLOCKED" ? "FAILED" : terminalStatus;
}

/** Tells whether a command of this type makes its session RUNNING. Turns and steers do, messages to the runner do not. */
export function movesSession(type: CommandType): boolean {
  return type === "TURN" || type === "STEER";
}

/** Gives what a command says in words: its prompt, or else its text. Null if neither is text. */
export function textOfCommand({ prompt, text }: JsonObject): string | null {
  if (typeof prompt === "string") return prompt;
  return typeof text === "string" ? text : null;
}

/** The reason that is stored for a cancellation if the caller gives none. */
export const defaultReason = "cancel requested";
