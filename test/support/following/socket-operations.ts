import { graphql } from "../graphql.js";

/** What the tests of graphql-transport-ws ask over a socket: a query, a subscription and a mutation. */
export const tenant = "query { viewer { tenantId } }";
export const follow = graphql(`
  subscription FollowTexts($runId: ID!) {
    runEvents(runId: $runId) { caughtUp events { ... on AssistantMessageEvent { text } } }
  }
`);
export const cancel = graphql(`
  mutation CancelRunReason($runId: ID!) { cancelRun(input: { runId: $runId }) { run { status } } }
`);

/** The answer to connection_init. */
export const acknowledged = { type: "connection_ack" };
