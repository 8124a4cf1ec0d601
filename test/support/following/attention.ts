import type { Client } from "graphql-ws";
import { follow } from "./follow.js";

/** A batch of a reader's inbox as a follower gets it. */
export interface AttentionBatch {
  sessions: { id: string; version: number; attention: { state: string; reason: string } }[];
  removedIds: string[];
  counts: Record<string, number>;
  cursor: string;
  caughtUp: boolean;
}

const attentionChanged = `subscription ($filter: SessionFilter, $readerId: String, $after: String) {
  sessionAttentionChanged(filter: $filter, readerId: $readerId, after: $after) {
    sessions { id version attention(readerId: $readerId) { state reason } }
    removedIds counts { active unread read total } cursor caughtUp
  }
}`;

/** Follows a reader's list over a WebSocket: a batch a step, until the loop is left. */
export function followAttention(
  client: Client,
  variables: { filter?: object; readerId?: string; after?: string | null } = {},
): AsyncGenerator<AttentionBatch> {
  return follow(client, attentionChanged, variables, "sessionAttentionChanged");
}

const inboxCounts = `subscription ($filter: SessionFilter) {
  inboxCounts(filter: $filter) { active unread read needsInput archived snoozed total }
}`;

/** Follows a reader's counts likewise. */
export function followCounts(
  client: Client,
  variables: { filter?: object } = {},
): AsyncGenerator<Record<string, number>> {
  return follow(client, inboxCounts, variables, "inboxCounts");
}
