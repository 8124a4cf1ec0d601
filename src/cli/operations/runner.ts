import { graphql } from "../../generated/documents/gql.js";

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
