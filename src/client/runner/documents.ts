import { graphql } from "../../generated/client/gql.js";

/** Registers a runner. */
export const registerRunnerDocument = graphql(`
  mutation RegisterRunner($input: RegisterRunnerInput!) {
    registerRunner(input: $input) {
      runner {
        id
      }
    }
  }
`);

/** Claims the oldest run that waits for such a runner. */
export const claimNextRunDocument = graphql(`
  mutation ClaimNextRun($input: ClaimNextRunInput!) {
    claimNextRun(input: $input) {
      leaseToken
      run {
        id
        projectId
        backendProfile
        metadata
        resourceBundle
        session {
          id
          sessionId
          threadId
          conversationId
        }
      }
    }
  }
`);

/** Claims a run that was held before. */
export const claimRunDocument = graphql(`
  mutation ClaimRun($input: ClaimRunInput!) {
    claimRun(input: $input) {
      leaseToken
    }
  }
`);

/** Keeps the lease of a run, and reads what the run asks of people, newest first, where `asks` says so. */
export const heartbeatRunDocument = graphql(`
  mutation HeartbeatRun($input: HeartbeatRunInput!, $asks: Boolean!, $after: String) {
    heartbeatRun(input: $input) {
      run {
        status
        inputRequests(states: [OPEN, ANSWERED, EXPIRED, WITHDRAWN], first: 20, after: $after)
          @include(if: $asks) {
          nodes {
            id
            state
            answer {
              decision
              choiceIds
              value
              comment
              answeredBy
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`);

/** Follows the commands of a run. */
export const followCommandsDocument = graphql(`
  subscription FollowCommands($runId: ID!, $after: String) {
    runCommands(runId: $runId, after: $after) {
      commands {
        id
        type
        state
        text
        payload
        createdAt
      }
      cursor
      caughtUp
    }
  }
`);

/** Notes that the runner has taken a command. */
export const acknowledgeDocument = graphql(`
  mutation AcknowledgeCommand($input: AcknowledgeCommandInput!) {
    acknowledgeCommand(input: $input) {
      command {
        state
      }
    }
  }
`);

/** Ends a command. */
export const finishCommandDocument = graphql(`
  mutation FinishCommand($input: FinishCommandInput!) {
    finishCommand(input: $input) {
      command {
        state
      }
    }
  }
`);

/** Adds events to a run, and reads which requests they opened, where `asks` says so. */
export const appendEventsDocument = graphql(`
  mutation AppendEvents($input: AppendEventsInput!, $asks: Boolean!) {
    appendEvents(input: $input) {
      lastSeq
      events @include(if: $asks) {
        ... on InputRequestEvent {
          inputRequest {
            id
          }
        }
      }
    }
  }
`);

/** Ends a run. */
export const finishRunDocument = graphql(`
  mutation FinishRun($input: FinishRunInput!) {
    finishRun(input: $input) {
      run {
        status
      }
    }
  }
`);

/** Gives a run back. */
export const releaseRunDocument = graphql(`
  mutation ReleaseRun($input: ReleaseRunInput!) {
    releaseRun(input: $input) {
      run {
        status
      }
    }
  }
`);
