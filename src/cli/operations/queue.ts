import { graphql } from "../../generated/documents/gql.js";

/** Claims the next task of a queue. All three fields are null if none waits. */
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

/** Keeps the lease of an attempt, and tells how the attempt stands. */
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

/** Tells what became of an attempt. */
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
