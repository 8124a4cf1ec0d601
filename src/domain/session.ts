import type { CommandType } from "./command.js";
import { AgentRunError } from "./errors.js";
import type { FailureKind } from "./failure.js";
import type { Asking } from "./input-request.js";
import type { Instant } from "./instant.js";
import type { JsonObject } from "./json-value.js";
import type { TerminalStatus } from "./run.js";
import { checkCharacters, cut } from "./text.js";

/**
 * IDLE -> RUNNING -> TERMINAL -> RUNNING -> ... A turn, a steer or a claim makes a session RUNNING. The end of a turn,
 * a steer or a run makes it TERMINAL if no turn or steer of it lives any more. A lease that runs out may set it back:
 * see {@link afterExpiry}.
 */
export const executionStates = ["IDLE", "RUNNING", "TERMINAL"] as const;

/** Whether a session works. Only a TERMINAL one says how its work ended. */
export type Execution =
  | { executionState: "IDLE" | "RUNNING"; terminalStatus: null; failureKind: null }
  | { executionState: "TERMINAL"; terminalStatus: TerminalStatus; failureKind: FailureKind | null };

/** The work of a session that has not ended. */
export interface LiveWork {
  /** The run of the oldest live turn or steer. */
  runId: string | null;
  /** The oldest live turn. */
  turnId: string | null;
  /** Of the runs that are claimed now, the one that was claimed last. */
  claimedRunId: string | null;
  /** A run whose lease ran out and that no runner has claimed again. */
  staleRunId: string | null;
}

/** The work of a session that has not ended, and what its agents ask of people. */
export type OpenWork = LiveWork & Asking;

/**
 * Gives the run and the command that a session shows as active. While it is RUNNING, that is the run of its oldest
 * live turn or steer, or else the run that was claimed last, and its oldest live turn. Otherwise both are null.
 */
export function activeWork(
  execution: Execution,
  live: LiveWork,
): { runId: string | null; commandId: string | null } {
  if (execution.executionState !== "RUNNING") return { runId: null, commandId: null };
  return { runId: live.runId ?? live.claimedRunId, commandId: live.turnId };
}

/** The open work of a session to which one more turn or steer is added. */
export function withCommand(
  open: OpenWork,
  command: { id: string; runId: string; type: CommandType },
): OpenWork {
  const turnId = open.turnId ?? (command.type === "TURN" ? command.id : null);
  return { ...open, runId: open.runId ?? command.runId, turnId };
}

/** A session in which nothing has worked yet. */
export const idle: Execution = { executionState: "IDLE", terminalStatus: null, failureKind: null };

/** A session whose turn, steer or claim has just begun. */
export const running: Execution = { executionState: "RUNNING", terminalStatus: null, failureKind: null };

/**
 * Tells how a session stands after one of its commands or runs ended. It stays as it was if a turn or steer of it
 * still lives, or if it was TERMINAL already. Otherwise it becomes TERMINAL with that end.
 */
export function afterEnd(
  before: Execution,
  live: LiveWork,
  end: { terminalStatus: TerminalStatus; failureKind: FailureKind | null },
): Execution {
  if (before.executionState === "TERMINAL" || live.runId !== null) return before;
  return { executionState: "TERMINAL", terminalStatus: end.terminalStatus, failureKind: end.failureKind };
}

/**
 * Tells how a session stands after a lease of it ran out. It stays as it was if a turn or steer of it lives or another
 * run of it is claimed. Otherwise it becomes TERMINAL with the end of its last turn or steer, or IDLE if it never had
 * one.
 */
export function afterExpiry(before: Execution, live: LiveWork, lastEnd: Execution | null): Execution {
  if (before.executionState !== "RUNNING" || live.runId !== null || live.claimedRunId !== null) return before;
  return lastEnd ?? idle;
}

/** Throws BAD_USER_INPUT if the title in a session's metadata holds characters that no name may hold. */
export function checkTitle(metadata: JsonObject, field: string): void {
  if (typeof metadata["title"] === "string") checkCharacters(metadata["title"], `${field}.title`);
}

/** Reads the title from a session's metadata: its `title`, trimmed and cut to 200 characters. Null if it has none. */
export function titleOfMetadata(metadata: JsonObject): string | null {
  const title = metadata["title"];
  return typeof title === "string" ? cut(title.trim(), 200) || null : null;
}

/**
 * Makes a title of a turn's prompt: trimmed, each stretch of white space made one space, and cut to 120 characters.
 * Null if the payload has no prompt.
 */
export function titleOfPrompt(payload: JsonObject): string | null {
  const prompt = payload["prompt"];
  if (typeof prompt !== "string") return null;
  return cut(prompt.trim().replace(/\s+/gu, " "), 120) || null;
}

/** Makes sure that a session is used from its own project. Throws TENANT_POLICY_DENIED for another. */
export function assertSameProject(
  session: { name: string; projectId: string },
  asked: { projectId: string },
): void {
  if (session.projectId !== asked.projectId) {
    throw new AgentRunError("a session cannot be used from another tenant or project", {
      code: "TENANT_POLICY_DENIED",
      failureKind: "TENANT_POLICY_DENIED",
      details: { sessionId: session.name, valuesPrinted: false },
    });
  }
}

/**
 * Makes sure that a session is used from its own project and with its own backend profile. Throws TENANT_POLICY_DENIED
 * for another project, and otherwise BAD_USER_INPUT for another backend profile.
 */
export function assertSameBoundary(
  session: { name: string; projectId: string; backendProfile: string },
  asked: { projectId: string; backendProfile: string },
): void {
  assertSameProject(session, asked);
  if (session.backendProfile !== asked.backendProfile) {
    throw new AgentRunError(
      `input.backendProfile must be ${session.backendProfile}, the backend profile of session ${session.name}`,
      {
        code: "BAD_USER_INPUT",
        details: {
          field: "input.backendProfile",
          sessionId: session.name,
          existingBackendProfile: session.backendProfile,
          requestedBackendProfile: asked.backendProfile,
          valuesPrinted: false,
        },
      },
    );
  }
}

/** Gives what events may say of a session: ids and the sorted keys of its metadata, with `valuesPrinted: false`. */
export function summarizeSession(session: {
  name: string;
  conversationId: string | null;
  threadId: string | null;
  expiresAt: Instant | null;
  metadata: JsonObject;
}): JsonObject {
  return {
    sessionId: session.name,
    conversationId: session.conversationId,
    threadId: session.threadId,
    expiresAt: session.expiresAt,
    metadataKeys: Object.keys(session.metadata).toSorted(),
    valuesPrinted: false,
  };
}
