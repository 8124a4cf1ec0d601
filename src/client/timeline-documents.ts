import { graphql } from "../generated/client/gql.js";

// What a timeline selects of an event: all but its payload, where that says the same again.
graphql(`
  fragment TimelineFields on RunEvent {
    ...EventParts
    run {
      id
    }
    ... on BackendStatusEvent {
      payload
    }
    ... on InputRequestEvent {
      inputRequest {
        ...RequestFields
      }
    }
  }
`);

/** Reads a session and a page of its timeline. */
export const timelinePageDocument = graphql(`
  query TimelinePage(
    $session: SessionRef!
    $readerId: String
    $types: [RunEventType!]
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    session(by: $session) {
      ...InboxFields
      timeline(types: $types, first: $first, after: $after, last: $last, before: $before) {
        nodes {
          ...TimelineFields
        }
        pageInfo {
          startCursor
          endCursor
          hasPreviousPage
          hasNextPage
        }
      }
    }
  }
`);

/** Follows a session's timeline. */
export const followTimelineDocument = graphql(`
  subscription FollowTimeline(
    $session: SessionRef!
    $readerId: String
    $types: [RunEventType!]
    $after: String
  ) {
    sessionEvents(session: $session, types: $types, deltas: true, after: $after) {
      events {
        ...TimelineFields
      }
      deltas {
        ...DeltaFields
      }
      session {
        ...InboxFields
      }
      cursor
      caughtUp
    }
  }
`);
