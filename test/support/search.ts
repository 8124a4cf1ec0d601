import type { SearchFilter } from "../generated/documents/graphql.js";
import { graphql } from "./graphql.js";
import type { Asks } from "./start-service.js";

const searchDocument = graphql(`
  query SearchPlaces($query: String!, $filter: SearchFilter, $first: Int, $after: String) {
    search(query: $query, filter: $filter, first: $first, after: $after) {
      edges {
        cursor
        node {
          session { id sessionId }
          event { id type sessionSeq createdAt }
          timelineCursor field
          snippet { text highlights }
        }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      indexedUpTo
    }
  }
`);

/** One page of a search. */
export async function searchPage(
  { ask }: Asks,
  query: string,
  options: { filter?: SearchFilter; first?: number; after?: string | null } = {},
) {
  return (await ask(searchDocument, { query, ...options })).search;
}

/** The hits of all pages of a search. */
export async function searchAll(asks: Asks, query: string, filter?: SearchFilter, first = 100) {
  const hits = [];
  for (let after: string | null = null; ;) {
    const { edges, pageInfo } = await searchPage(asks, query, {
      ...(filter ? { filter } : {}),
      first,
      after,
    });
    hits.push(...edges.map(({ node }) => node));
    if (!pageInfo.hasNextPage) return hits;
    after = pageInfo.endCursor ?? null;
  }
}
