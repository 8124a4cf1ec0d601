import { graphql } from "../../generated/documents/gql.js";

/** Adds events to a run. */
export const appendEventsDocument = graphql(`
  mutation AppendEvents($input: AppendEventsInput!) {
    appendEvents(input: $input) {
      lastSeq
      replayed
    }
  }
`);
