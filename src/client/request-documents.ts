import { graphql } from "../generated/client/gql.js";

// What followers select of what an agent asks.
graphql(`
  fragment RequestFields on InputRequest {
    id
    kind
    prompt
    requestId
    toolCallId
    action
    choices {
      id
      label
      description
      decision
    }
    multiple
    answerSchema
    url
    state
    requestedAt
    expiresAt
    closedAt
    answer {
      decision
      choiceIds
      value
      comment
      answeredBy
      answeredAt
    }
    run {
      id
      status
    }
    session {
      id
      sessionId
      title
      projectId
      root {
        id
      }
    }
  }
`);

/** Follows what agents ask of people. */
export const followRequestsDocument = graphql(`
  subscription FollowRequests($filter: InputRequestFilter, $after: String) {
    inputRequests(filter: $filter, after: $after) {
      requests {
        ...RequestFields
      }
      removedIds
      totalCount
      cursor
      caughtUp
    }
  }
`);

/** Reads requests by their ids. */
export const requestsDocument = graphql(`
  query RequestsById($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on InputRequest {
        ...RequestFields
      }
    }
  }
`);

/** Answers what an agent asks. */
export const answerRequestDocument = graphql(`
  mutation AnswerRequest($input: AnswerInputRequestInput!) {
    answerInputRequest(input: $input) {
      inputRequest {
        ...RequestFields
      }
      session {
        id
        sessionId
      }
      run {
        id
        status
      }
      replayed
    }
  }
`);
