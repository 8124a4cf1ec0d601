import { graphql } from "../../generated/documents/gql.js";

/** Takes the next task of a queue; all null where none waits. */
export const claimQueueTaskDocument = graphql(`
  mutation ClaimQueueTask($input: ClaimQueueTaskInput!) {
    claimQueueTask(input: $input) {
      task {
        id
        projectId
        title
        payload
      }
      attempt {
        id
        number
      }
      leaseToken
    }
  }
`);

/** Keeps the lease of an attempt, and says how it stands. */
export const heartbeatQueueTaskDocument = graphql(`
  mutation HeartbeatQueueTask($input: HeartbeatQueueTaskInput!) {
    heartbeatQueueTask(input: $input) {
      attempt {
        state
        failureKind
        failureMessage
      }
    }
  }
`);

/** Says what became of an attempt. */
export const updateQueueTaskAttemptDocument = graphql(`
  mutation UpdateQueueTaskAttempt($input: UpdateQueueTaskAttemptInput!) {
    updateQueueTaskAttempt(input: $input) {
      task {
        state
      }
    }
  }
`);

/** Gives a task back. */
export const releaseQueueTaskDocument = graphql(`
  mutation ReleaseQueueTask($input: ReleaseQueueTaskInput!) {
    releaseQueueTask(input: $input) {
      task {
        state
      }
    }
  }
`);
