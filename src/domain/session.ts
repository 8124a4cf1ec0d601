import { AgentRunError } from "./errors.js";
import type { FailureKind } from "./failure.js";
import type { Instant } from "./instant.js";
import type { JsonObject } from "./json-value.js";
import type { TerminalStatus } from "./run.js";
import { checkCharacters, cut } from "./text.js";

/** IDLE -> RUNNING (turn or steer created, run claimed) -> TERMINAL (the last of them ended) -> RUNNING again. */
export const executionStates = ["IDLE", "RUNNING", "TERMINAL"] as const;

/** Where a session stands: only a TERMINAL one says how its work ended. */
export type Execution =
  | { executionState: "IDLE" | "RUNNING"; terminalStatus: null; failureKind: null }
  | { executionState: "TERMINAL"; terminalStatus: TerminalStatus; failureKind: FailureKind | null };

/** What works in a session, or waits to go on. */
export interface LiveWork {
  /** The run of the oldest live turn or steer. */
  runId: string | null;
  /** The oldest live turn. */
  turnId: string | null;
  /** The run that was claimed last, of those that are claimed. */
  claimedRunId: string | null;
  /** A run whose lease ran out and that nobody has claimed again. */
  staleRunId: string | null;
}

/** The run and command that are active while a session is RUNNING: of the oldest live command, else claimed last. */
export function activeWork(
  execution: Execution,
  live: LiveWork,
): { runId: string | null; commandId: string | null } {
  if (execution.executionState !== "RUNNING") return { runId: null, commandId: null };
  return { runId: live.runId ?? live.claimedRunId, commandId: live.turnId };
}

/** A session whose turn, steer or claim has just begun. */
export const running: Execution = { executionState: "RUNNING", terminalStatus: null, failureKind: null };

/**
 * A session after one of its commands or runs ended: TERMINAL by that end where no turn or steer of it lives any
 * more, and as it was where one does or where it was TERMINAL already.
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
 * A session after a lease ran out: as it was while a turn or steer of it lives or another run of it is claimed; else TERMINAL
 * by the end of its last turn or steer, or IDLE where it never had one.
 */
export function afterExpiry(before: Execution, live: LiveWork, lastEnd: Execution | null): Execution {
  if (before.executionState !== "RUNNING" || live.runId !== null || live.claimedRunId !== null) return before;
  return lastEnd ?? { executionState: "IDLE", terminalStatus: null, failureKind: null };
}

/** BAD_USER_INPUT where the title in a session's metadata, which a person gave, holds what no name may hold. */
export function checkTitle(metadata: JsonObject, field: string): void {
  if (typeof metadata["title"] === "string") checkCharacters(metadata["title"], `${field}.title`);
}

/** The title in a session's metadata: `title`, trimmed, at most 200 characters; null where it has none. */
export function titleOfMetadata(metadata: JsonObject): string | null {
  const title = metadata["title"];
  return typeof title === "string" ? cut(title.trim(), 200) || null : null;
}

/** The title that a turn's prompt gives: trimmed, runs of white space made one space, at most 120 characters. */
export function titleOfPrompt(payload: JsonObject): string | null {
  const prompt = payload["prompt"];
  if (typeof prompt !== "string") return null;
  return cut(prompt.trim().replace(/\s+/gu, " "), 120) || null;
}

/** TENANT_POLICY_DENIED for another project, else BAD_USER_INPUT for another backend profile. */
export function assertSameBoundary(
  session: { name: string; projectId: string; backendProfile: string },
  asked: { projectId: string; backendProfile: string },
): void {
  if (session.projectId !== asked.projectId) {
    throw new AgentRunError("a session cannot be used from another tenant or project", {
      code: "TENANT_POLICY_DENIED",
      failureKind: "TENANT_POLICY_DENIED",
      details: { sessionId: session.name, valuesPrinted: false },
    });
  }
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

/** What events may say of a session: ids and sorted metadata keys, with `valuesPrinted: false`. */
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
