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

/** Keeps the lease of a run. */
export const heartbeatRunDocument = graphql(`
  mutation HeartbeatRun($input: HeartbeatRunInput!) {
    heartbeatRun(input: $input) {
      cancelRequested
      run {
        status
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

/** Adds events to a run. */
export const appendEventsDocument = graphql(`
  mutation AppendEvents($input: AppendEventsInput!) {
    appendEvents(input: $input) {
      lastSeq
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
