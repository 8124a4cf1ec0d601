import { graphql } from "../../generated/web/gql.js";

/** Reads the steps of a session's plan. */
export const planDocument = graphql(`
  query PagePlan($id: ID!) {
    session(by: { id: $id }) {
      plan {
        completed
        total
        entries {
          text
          status
        }
      }
    }
  }
`);
