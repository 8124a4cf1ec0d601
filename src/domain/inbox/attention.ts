import type { Instant } from "../instant.js";
import type { Asking } from "../input-request.js";
import type { Execution } from "../session.js";

/** Why a session asks for attention, or does not. */
export const attentionReasons = [
  "WORKING",
  "NEEDS_INPUT",
  "NEEDS_APPROVAL",
  "FINISHED",
  "FAILED",
  "BLOCKED",
  "CANCELLED",
  "STALE",
  "IDLE",
] as const;

/** One of {@link attentionReasons}. */
export type AttentionReason = (typeof attentionReasons)[number];

/** How a session stands with one reader. */
export const attentionStates = ["ACTIVE", "UNREAD", "READ"] as const;

/** One of {@link attentionStates}. */
export type AttentionState = (typeof attentionStates)[number];

/**
 * Gives the reason why a session asks for attention. An open approval or authentication comes first, then an open question,
 * then a run whose lease ran out and that was not claimed again, then its execution state. `since` is when the oldest of these
 * requests was asked. It is null for the other reasons, which hold since the change that brought them.
 */
export function reasonOf(
  execution: Execution,
  { approvalSince, questionSince }: Omit<Asking, "openRequests">,
  isStale: boolean,
): { reason: AttentionReason; since: Instant | null } {
  if (approvalSince !== null) return { reason: "NEEDS_APPROVAL", since: approvalSince };
  if (questionSince !== null) return { reason: "NEEDS_INPUT", since: questionSince };
  if (isStale) return { reason: "STALE", since: null };
  switch (execution.executionState) {
    case "RUNNING":
      return { reason: "WORKING", since: null };
    case "IDLE":
      return { reason: "IDLE", since: null };
    case "TERMINAL": {
      const { terminalStatus } = execution;
      return { reason: terminalStatus === "COMPLETED" ? "FINISHED" : terminalStatus, since: null };
    }
  }
}

/** Tells how a session stands with a reader. An active session is ACTIVE, neither read nor unread. */
export function attentionOf(
  session: { active: boolean; version: number },
  mark: { readVersion: number | null; markedUnread: boolean } | null,
): AttentionState {
  if (session.active) return "ACTIVE";
  const isRead = mark?.readVersion !== null && mark !== null && mark.readVersion >= session.version;
  return isRead && !mark.markedUnread ? "READ" : "UNREAD";
}
