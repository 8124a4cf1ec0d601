import type { Instant } from "../instant.js";
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

/** A question of an agent to a person. It stays open until its session's next turn or steer, or until its run ends. */
export interface InputRequest {
  runId: string;
  kind: "QUESTION" | "APPROVAL";
  requestedAt: Instant;
}

/** Adds a request at the end of the open ones, oldest first. It replaces an earlier request of the same run. */
export function withRequest(open: readonly InputRequest[], request: InputRequest): readonly InputRequest[] {
  return [...withoutRun(open, request.runId), request];
}

/** Gives the requests that stay open once this run has ended. */
export function withoutRun(open: readonly InputRequest[], runId: string): readonly InputRequest[] {
  return open.filter((request) => request.runId !== runId);
}

/**
 * Gives the reason why a session asks for attention. Its newest open input request comes first, then a run whose lease
 * ran out and that was not claimed again, then its execution state. `since` is the instant of the input request. It is
 * null for the other reasons, which hold since the change that brought them.
 */
export function reasonOf(
  execution: Execution,
  open: readonly InputRequest[],
  isStale: boolean,
): { reason: AttentionReason; since: Instant | null } {
  const newest = open.at(-1);
  if (newest) {
    const reason = newest.kind === "APPROVAL" ? "NEEDS_APPROVAL" : "NEEDS_INPUT";
    return { reason, since: newest.requestedAt };
  }
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

/** Tells how a session stands with a reader. A RUNNING session is ACTIVE, neither read nor unread. */
export function attentionOf(
  session: { executionState: Execution["executionState"]; version: number },
  mark: { readVersion: number | null; markedUnread: boolean } | null,
): AttentionState {
  if (session.executionState === "RUNNING") return "ACTIVE";
  const isRead = mark?.readVersion !== null && mark !== null && mark.readVersion >= session.version;
  return isRead && !mark.markedUnread ? "READ" : "UNREAD";
}
