import { graphql } from "../../generated/documents/gql.js";

/** Creates a command in a run. */
export const createCommandDocument = graphql(`
  mutation CreateCommand($input: CreateCommandInput!) {
    createCommand(input: $input) {
      command {
        id
      }
    }
  }
`);

/** Notes that the runner has taken a command. */
export const acknowledgeCommandDocument = graphql(`
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
