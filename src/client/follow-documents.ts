import { graphql } from "../generated/client/gql.js";
import "./event-fields.js"; // EventFields, UsageFields

// What followers select of text that is being made.
graphql(`
  fragment DeltaFields on EventDelta {
    run {
      id
    }
    streamId
    type
    offset
    text
    reset
  }
`);

// What followers select of a run.
graphql(`
  fragment RunFields on Run {
    id
    status
    terminalStatus
    failureKind
    failureMessage
    projectId
    backendProfile
    model
    usage {
      ...UsageFields
    }
    lastEventSeq
    createdAt
    updatedAt
  }
`);

// What followers select of a session.
graphql(`
  fragment SessionFields on Session {
    id
    sessionId
    title
    projectId
    backendProfile
    executionState
    active
    terminalStatus
    failureKind
    threadId
    conversationId
    usage {
      ...UsageFields
    }
    lastEventSeq
    version
    lastActivityAt
    createdAt
    updatedAt
  }
`);

/** Sends a piece of text that is being made. */
export const sendDeltaDocument = graphql(`
  mutation SendDelta($input: SendDeltaInput!) {
    sendDelta(input: $input) {
      length
    }
  }
`);

/** Follows the events of a run. */
export const followRunDocument = graphql(`
  subscription FollowRun($runId: ID!, $types: [RunEventType!], $deltas: Boolean, $after: String) {
    runEvents(runId: $runId, types: $types, deltas: $deltas, after: $after) {
      events {
        ...EventFields
      }
      deltas {
        ...DeltaFields
      }
      run {
        ...RunFields
      }
      cursor
      caughtUp
    }
  }
`);

/** Follows the events of a session's runs. */
export const followSessionDocument = graphql(`
  subscription FollowSession(
    $session: SessionRef!
    $types: [RunEventType!]
    $deltas: Boolean
    $after: String
  ) {
    sessionEvents(session: $session, types: $types, deltas: $deltas, after: $after) {
      events {
        ...EventFields
        run {
          id
        }
      }
      deltas {
        ...DeltaFields
      }
      session {
        ...SessionFields
      }
      cursor
      caughtUp
    }
  }
`);
