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

/** What an agent waits for a person to answer: open until the next turn or steer of its session, or its run's end. */
export interface InputRequest {
  runId: string;
  kind: "QUESTION" | "APPROVAL";
  requestedAt: Instant;
}

/** The requests with a newer one: the newest of a run stands for it, and the newest of all last. */
export function withRequest(open: readonly InputRequest[], request: InputRequest): readonly InputRequest[] {
  return [...withoutRun(open, request.runId), request];
}

/** The requests that stay open when a run has ended. */
export function withoutRun(open: readonly InputRequest[], runId: string): readonly InputRequest[] {
  return open.filter((request) => request.runId !== runId);
}

/**
 * Why a session asks for attention: its newest open input request, else a lease that ran out and was not claimed again,
 * else where it stands. `since` is null where the reason holds since the change that brought it.
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

/** What a reader sees first: a session that works is neither read nor unread. */
export function attentionOf(
  session: { executionState: Execution["executionState"]; version: number },
  mark: { readVersion: number | null; markedUnread: boolean } | null,
): AttentionState {
  if (session.executionState === "RUNNING") return "ACTIVE";
  const isRead = mark?.readVersion !== null && mark !== null && mark.readVersion >= session.version;
  return isRead && !mark.markedUnread ? "READ" : "UNREAD";
}
