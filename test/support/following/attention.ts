import type { Client } from "graphql-ws";
import type {
  FollowAttentionSubscription,
  FollowAttentionSubscriptionVariables,
  FollowCountsSubscription,
  FollowCountsSubscriptionVariables,
} from "../../generated/documents/graphql.js";
import { graphql } from "../graphql.js";
import { follow } from "./follow.js";

/** A batch of a reader's inbox as a follower gets it. */
export type AttentionBatch = FollowAttentionSubscription["sessionAttentionChanged"];

const attentionChanged = graphql(`
  subscription FollowAttention($filter: SessionFilter, $readerId: String, $after: String) {
    sessionAttentionChanged(filter: $filter, readerId: $readerId, after: $after) {
      sessions { id version attention(readerId: $readerId) { state reason changeVersion } } removedIds
      counts { active unread read total } changeVersion cursor caughtUp
    }
  }
`);

/** Follows a reader's list over a WebSocket: a batch a step, until the loop is left. */
export function followAttention(
  client: Client,
  variables: FollowAttentionSubscriptionVariables = {},
): AsyncGenerator<AttentionBatch> {
  return follow(client, attentionChanged, variables, "sessionAttentionChanged");
}

const inboxCounts = graphql(`
  subscription FollowCounts($filter: SessionFilter) { inboxCounts(filter: $filter) { ...Counts } }
`);

/** Follows a reader's counts likewise. */
export function followCounts(
  client: Client,
  variables: FollowCountsSubscriptionVariables = {},
): AsyncGenerator<FollowCountsSubscription["inboxCounts"]> {
  return follow(client, inboxCounts, variables, "inboxCounts");
}
