import { graphql } from "../../generated/web/gql.js";

/** Finds texts, and where they stand. */
export const searchDocument = graphql(`
  query PageSearch($query: String!, $filter: SearchFilter, $after: String) {
    search(query: $query, filter: $filter, first: 20, after: $after) {
      nodes {
        field
        timelineCursor
        snippet {
          text
          highlights
        }
        session {
          id
          title
          sessionId
          projectId
          lastActivityAt
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

/** The projects and the labels that sessions have. */
export const narrowingDocument = graphql(`
  query PageNarrowing($projectId: String) {
    sessionProjects(first: 100)
    sessionLabels(projectId: $projectId, first: 50)
  }
`);

/** Who looks at the page. */
export const viewerDocument = graphql(`
  query PageViewer {
    viewer {
      tenantId
      readerId
      scopes
    }
  }
`);
