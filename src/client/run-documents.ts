import { graphql } from "../generated/documents/gql.js";

/** Ends a run. */
export const finishRunDocument = graphql(`
  mutation FinishRun($input: FinishRunInput!) {
    finishRun(input: $input) {
      run {
        id
        status
      }
    }
  }
`);
