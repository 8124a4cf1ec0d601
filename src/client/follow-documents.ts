import { graphql } from "../generated/documents/gql.js";

// What followers select of an event: the fields of every type, and those of its own. Tell the types by `__typename`.
graphql(`
  fragment EventFields on RunEvent {
    __typename
    id
    type
    seq
    sessionSeq
    createdAt
    redactionCount
    payload
    ... on UserMessageEvent {
      text
    }
    ... on AssistantMessageEvent {
      text
    }
    ... on ToolCallEvent {
      name
      toolCallId
      input
      output
      failed
      durationMs
    }
    ... on CommandOutputEvent {
      stream
      text
      exitCode
      outputBytes
      truncated
    }
    ... on DiffEvent {
      path
      diff
    }
    ... on BackendStatusEvent {
      phase
    }
    ... on InputRequestEvent {
      kind
      prompt
      options
      answeredBy {
        id
        state
      }
    }
    ... on ErrorEvent {
      failureKind
      message
      willRetry
    }
    ... on TerminalStatusEvent {
      terminalStatus
      failureKind
      endMessage: message
    }
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
    lastEventSeq
    version
    lastActivityAt
    createdAt
    updatedAt
  }
`);

/** Follows the events of a run. */
export const followRunDocument = graphql(`
  subscription FollowRun($runId: ID!, $types: [RunEventType!], $after: String) {
    runEvents(runId: $runId, types: $types, after: $after) {
      events {
        ...EventFields
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
  subscription FollowSession($session: SessionRef!, $types: [RunEventType!], $after: String) {
    sessionEvents(session: $session, types: $types, after: $after) {
      events {
        ...EventFields
        run {
          id
        }
      }
      session {
        ...SessionFields
      }
      cursor
      caughtUp
    }
  }
`);

/** Follows a reader's inbox. */
export const followInboxDocument = graphql(`
  subscription FollowInbox($filter: SessionFilter, $readerId: String, $after: String) {
    sessionAttentionChanged(filter: $filter, readerId: $readerId, after: $after) {
      sessions {
        ...SessionFields
        attention(readerId: $readerId) {
          state
          reason
          since
          active
          unread
          markedUnread
          readAt
          readVersion
          pinnedAt
          archivedAt
          snoozedUntil
        }
        lastRun {
          ...RunFields
        }
        lastCommand {
          id
          type
          state
          terminalStatus
          failureKind
          failureMessage
          createdAt
          updatedAt
        }
      }
      removedIds
      counts {
        total
        active
        unread
        read
        needsInput
        archived
        snoozed
      }
      cursor
      caughtUp
    }
  }
`);
