import type { ArgBuilder, InterfaceRef, ObjectRef } from "@pothos/core";
import { defaultPageSize, maxPageSize } from "../../domain/page.js";
import { builder } from "../builder.js";
import type { Page } from "./page.js";

type Types = typeof builder.$inferSchemaTypes;

const PageInfo = builder.objectRef<Page<unknown>>("PageInfo").implement({
  description: "Where a page lies in its list.",
  fields: (t) => ({
    hasNextPage: t.boolean({
      description: "True where the list has rows after this page, in either direction of paging.",
      resolve: (page) => page.hasNextPage(),
    }),
    hasPreviousPage: t.boolean({
      description: "True where the list has rows before this page, in either direction of paging.",
      resolve: (page) => page.hasPreviousPage(),
    }),
    startCursor: t.string({
      nullable: true,
      description: "The cursor of the page's first row; null for an empty page.",
      resolve: (page) => page.edges[0]?.cursor,
    }),
    endCursor: t.string({
      nullable: true,
      description: "The cursor of the page's last row; null for an empty page.",
      resolve: (page) => page.edges.at(-1)?.cursor,
    }),
  }),
});

/** The connection and edge types of a node type; `rows` names what a page holds, in a sentence. */
export function connectionOf<Row>(
  name: string,
  node: ObjectRef<Types, Row> | InterfaceRef<Types, Row>,
  rows: string,
): ObjectRef<Types, Page<Row>> {
  const Edge = builder.objectRef<Page<Row>["edges"][number]>(`${name}Edge`).implement({
    description: `One of the ${rows} of a page, with its place in the list.`,
    fields: (t) => ({
      cursor: t.string({
        description: "The row's place in this list: for `after` and `before` with the same filter and order.",
        resolve: (edge) => edge.cursor,
      }),
      node: t.field({
        type: node,
        description: "The row itself.",
        resolve: (edge) => edge.node as never,
      }),
    }),
  });
  return builder.objectRef<Page<Row>>(`${name}Connection`).implement({
    description: `A page of ${rows}.`,
    fields: (t) => ({
      edges: t.field({
        type: [Edge],
        description: "The rows with their cursors, in the list's order.",
        resolve: (page) => [...page.edges],
      }),
      nodes: t.field({
        type: [node] as [ObjectRef<Types, Row>],
        description: "The rows alone, in the list's order.",
        resolve: (page) => page.edges.map((edge) => edge.node) as never,
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: "Where the page lies in its list.",
        resolve: (page) => page,
      }),
      totalCount: t.int({
        description: "How many rows match the filter, over all pages. Counted only when asked for.",
        resolve: (page) => page.totalCount(),
      }),
    }),
  });
}

/** The arguments of a connection field, from either end. */
export function pageArgs(t: ArgBuilder<Types>, maxSize: number = maxPageSize) {
  return {
    first: t.int({
      description: `How many rows from the start, 0 to ${maxSize}; not together with last. Default: ${defaultPageSize}.`,
    }),
    after: t.string({ description: "Only rows after this cursor of the same list." }),
    last: t.int({ description: `How many rows from the end, 0 to ${maxSize}; not together with first.` }),
    before: t.string({ description: "Only rows before this cursor of the same list." }),
  };
}

/** The arguments of a connection field that is read from its start only. */
export function forwardArgs(t: ArgBuilder<Types>, maxSize: number = maxPageSize) {
  const { after } = pageArgs(t, maxSize);
  return {
    first: t.int({ description: `How many rows, 0 to ${maxSize}. Default: ${defaultPageSize}.` }),
    after,
  };
}

/** What a page counts for in the complexity of an operation: its rows, each with all that is asked of it. */
export function pageComplexity(args: { first?: number | null; last?: number | null }) {
  return { field: 1, multiplier: Math.max(1, args.first ?? args.last ?? defaultPageSize) };
}
