import { graphql } from "../../generated/documents/gql.js";

// The documents that telling a story needs besides those of src/cli/operations.

/** Creates a run, or finds the one that this key created. */
export const createRunDocument = graphql(`
  mutation SeedCreateRun($input: CreateRunInput!) {
    createRun(input: $input) {
      replayed
      leaseToken
      run {
        id
        status
      }
    }
  }
`);

/** Reads how far the story of a run has been told. */
export const runProgressDocument = graphql(`
  query SeedRunProgress($runId: ID!, $types: [RunEventType!]!) {
    run(id: $runId) {
      lastEventSeq
      events(first: 0, types: $types) {
        totalCount
      }
      commands(first: 0) {
        totalCount
      }
      endedCommands: commands(first: 0, states: [COMPLETED, FAILED, CANCELLED]) {
        totalCount
      }
    }
  }
`);

/** Reads how long a run's log is. */
export const runLengthDocument = graphql(`
  query SeedRunLength($runId: ID!) {
    run(id: $runId) {
      lastEventSeq
    }
  }
`);

/** Cancels a command. */
export const cancelCommandDocument = graphql(`
  mutation SeedCancelCommand($input: CancelCommandInput!) {
    cancelCommand(input: $input) {
      command {
        state
      }
    }
  }
`);

/** Cancels a run. */
export const cancelRunDocument = graphql(`
  mutation SeedCancelRun($input: CancelRunInput!) {
    cancelRun(input: $input) {
      run {
        status
      }
    }
  }
`);

/** Finds what a run asked people last. */
export const lastRequestDocument = graphql(`
  query SeedLastRequest($runId: ID!) {
    inputRequests(first: 1, filter: { runId: $runId, states: [OPEN, ANSWERED] }) {
      nodes {
        id
        state
        answer {
          command {
            id
          }
        }
      }
    }
  }
`);

/** Answers what a run asks. */
export const answerDocument = graphql(`
  mutation SeedAnswer($input: AnswerInputRequestInput!) {
    answerInputRequest(input: $input) {
      inputRequest {
        answer {
          command {
            id
          }
        }
      }
    }
  }
`);

/** Finds runs that wait for a runner, with what was asked of them. */
export const waitingRunsDocument = graphql(`
  query SeedWaitingRuns {
    runs(first: 20, filter: { statuses: [PENDING] }) {
      nodes {
        id
        session {
          sessionId
        }
        commands(first: 1, states: [PENDING]) {
          nodes {
            id
            text
          }
        }
      }
    }
  }
`);
