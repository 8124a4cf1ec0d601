import { graphql } from "../generated/client/gql.js";

// What followers select of how a session stands with a reader.
graphql(`
  fragment AttentionFields on SessionAttention {
    id
    changeVersion
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
`);

// What an inbox shows of a session.
graphql(`
  fragment InboxFields on Session {
    ...SessionFields
    labels
    links {
      url
      label
      kind
      state
    }
    plan {
      completed
      total
    }
    parent {
      id
      sessionId
      title
    }
    tree {
      total
      active
      openInputRequests
    }
    attention(readerId: $readerId) {
      ...AttentionFields
    }
    activeRun {
      id
    }
    lastRun {
      ...RunFields
    }
    lastCommand {
      id
      type
      state
      text
      terminalStatus
      failureKind
      failureMessage
      createdAt
      updatedAt
    }
  }
`);

// What an inbox counts.
graphql(`
  fragment CountFields on InboxCounts {
    id
    changeVersion
    total
    active
    unread
    read
    needsInput
    archived
    snoozed
  }
`);

/** Reads a page of a reader's inbox, and the counts with it. */
export const inboxPageDocument = graphql(`
  query InboxPage($filter: SessionFilter, $readerId: String, $first: Int!, $after: String) {
    sessions(filter: $filter, readerId: $readerId, first: $first, after: $after) {
      nodes {
        ...InboxFields
      }
      pageInfo {
        endCursor
        hasNextPage
      }
      totalCount
      feedCursor
      changeVersion
    }
    inboxCounts(filter: $filter, readerId: $readerId) {
      ...CountFields
    }
  }
`);

/** Follows a reader's inbox. */
export const followInboxDocument = graphql(`
  subscription FollowInbox($filter: SessionFilter, $readerId: String, $after: String) {
    sessionAttentionChanged(filter: $filter, readerId: $readerId, after: $after) {
      sessions {
        ...InboxFields
      }
      removedIds
      counts {
        ...CountFields
      }
      changeVersion
      cursor
      caughtUp
    }
  }
`);

/** Reads the counts of several filters at one moment. */
export const inboxTabsDocument = graphql(`
  query InboxTabs($filters: [SessionFilter!]!, $readerId: String) {
    inboxTabs(filters: $filters, readerId: $readerId) {
      ...CountFields
    }
  }
`);

/** Follows the counts of a reader's inbox. */
export const followCountsDocument = graphql(`
  subscription FollowCounts($filter: SessionFilter, $readerId: String) {
    inboxCounts(filter: $filter, readerId: $readerId) {
      ...CountFields
    }
  }
`);

/** Reads one session as a reader's inbox shows it. */
export const inboxSessionDocument = graphql(`
  query InboxSession($by: SessionRef!, $readerId: String) {
    session(by: $by) {
      ...InboxFields
    }
  }
`);

/** Marks a session read up to the version that was seen. */
export const markReadDocument = graphql(`
  mutation MarkRead($input: MarkSessionReadInput!, $readerId: String) {
    markSessionRead(input: $input) {
      session {
        ...InboxFields
      }
    }
  }
`);

/** Does the same to some sessions. */
export const updateSessionsDocument = graphql(`
  mutation UpdateSessions($input: UpdateSessionsInput!, $readerId: String) {
    updateSessions(input: $input) {
      changed
      results {
        id
        outcome
        error {
          code
          message
        }
        session {
          ...InboxFields
        }
      }
    }
  }
`);

/** Edits what people may edit of a session. */
export const editSessionDocument = graphql(`
  mutation EditSession($input: UpdateSessionInput!, $readerId: String) {
    updateSession(input: $input) {
      session {
        ...InboxFields
      }
    }
  }
`);
