import { graphql } from "../../generated/documents/gql.js";

/** Creates a run, with its session if that name is new, its first turn and its creator's lease. */
export const createRunDocument = graphql(`
  mutation CreateRun($input: CreateRunInput!) {
    createRun(input: $input) {
      run {
        id
        lease {
          heartbeatAt
        }
      }
      command {
        id
      }
      leaseToken
    }
  }
`);

/** Claims a run, and gives the lease token. */
export const claimRunDocument = graphql(`
  mutation ClaimRun($input: ClaimRunInput!) {
    claimRun(input: $input) {
      leaseToken
    }
  }
`);

/** Keeps the lease of a run, and tells what waits for its holder. */
export const heartbeatRunDocument = graphql(`
  mutation HeartbeatRun($input: HeartbeatRunInput!) {
    heartbeatRun(input: $input) {
      run {
        status
        failureKind
        lease {
          heartbeatAt
        }
        commands(first: 100, states: [CANCELLED]) {
          nodes {
            id
          }
        }
      }
      pendingCommands {
        id
        type
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

/** Cancels a run, whoever holds it. */
export const cancelRunDocument = graphql(`
  mutation CancelRun($input: CancelRunInput!) {
    cancelRun(input: $input) {
      run {
        status
      }
    }
  }
`);
