import type { ArgBuilder, InterfaceRef, ObjectRef } from "@pothos/core";
import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";
import { defaultPageSize, maxPageSize } from "../../domain/page.js";
import type { Moment } from "../../store/listing/parts.js";
import { builder } from "../builder.js";
import { readsPart } from "../compiled/reads.js";
import type { Page } from "./page.js";

type Types = typeof builder.$inferSchemaTypes;

export const PageInfo = builder.objectRef<Omit<Page<unknown>, "totalCount">>("PageInfo").implement({
  description: "Where a page lies in its list.",
  fields: (t) => ({
    hasNextPage: t.boolean({
      description:
        "True if the list has rows after this page, whether the page was asked for by first or by last.",
      resolve: (page) => page.hasNextPage(),
      extensions: readsPart("hasNextPage"),
    }),
    hasPreviousPage: t.boolean({
      description:
        "True if the list has rows before this page, whether the page was asked for by first or by last.",
      resolve: (page) => page.hasPreviousPage(),
      extensions: readsPart("hasPreviousPage"),
    }),
    startCursor: t.string({
      nullable: true,
      description: "The cursor of the page's first row; null if the page is empty.",
      resolve: (page) => page.edges[0]?.cursor,
      extensions: readsPart("startCursor"),
    }),
    endCursor: t.string({
      nullable: true,
      description:
        "The cursor of the page's last row; null if the page is empty. Of a page of a search that ended early it is where the search has come to.",
      resolve: (page) => page.endCursor ?? page.edges.at(-1)?.cursor,
      extensions: readsPart("endCursor"),
    }),
  }),
});

/**
 * Makes the connection and edge types of a node type. `rows` names what a page holds, in the plural, for
 * descriptions. A list that can be followed names its subscription as `feed`; who opens its pages passes momentOf.
 */
export function connectionOf<Row>(
  name: string,
  node: ObjectRef<Types, Row> | InterfaceRef<Types, Row>,
  rows: string,
  feed?: string,
): ObjectRef<Types, Page<Row>> {
  const Edge = builder.objectRef<Page<Row>["edges"][number]>(`${name}Edge`).implement({
    description: `One of the ${rows} of a page, with its place in the list.`,
    fields: (t) => ({
      cursor: t.string({
        description:
          "The row's place in the list. Sent as `after` or `before`, it continues the same list with the same filter and order.",
        resolve: (edge) => edge.cursor,
        extensions: readsPart("cursor"),
      }),
      node: t.field({
        type: node,
        description: "The row itself.",
        resolve: (edge) => edge.node as never,
        extensions: readsPart("node"),
      }),
    }),
  });
  return builder.objectRef<Page<Row>>(`${name}Connection`).implement({
    description: `A page of ${rows}.`,
    fields: (t) => ({
      edges: t.field({
        type: [Edge],
        description: "The rows of the page with their cursors, in the list's order.",
        resolve: (page) => [...page.edges],
        extensions: readsPart("edges"),
      }),
      nodes: t.field({
        type: [node] as [ObjectRef<Types, Row>],
        description: "The rows of the page, in the list's order.",
        resolve: (page) => page.edges.map((edge) => edge.node) as never,
        extensions: readsPart("nodes"),
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: "Where the page lies in its list.",
        resolve: (page) => page,
        extensions: readsPart("pageInfo"),
      }),
      totalCount: t.int({
        description:
          "How many rows the list has with this filter, over all its pages. They are counted only if this field is asked for.",
        resolve: (page) => page.totalCount(),
      }),
      ...(feed === undefined
        ? {}
        : {
            feedCursor: t.string({
              description: `\`after\` for the subscription ${feed} with the same filter and reader. It is of the page's own moment, and so is totalCount if both are asked for: nothing that changes lies between the page and what the subscription sends, and nothing of the page is sent again unless it changes.`,
              resolve: (page) => page.feedCursor?.() ?? "",
              extensions: readsPart("feedCursor"),
            }),
          }),
    }),
  });
}

/** Tells what is to be read in the moment of a page's rows, by the fields that are asked of it. */
export function momentOf(info: GraphQLResolveInfo): Moment | null {
  const isAsked = (...names: string[]) =>
    info.fieldNodes.some(({ selectionSet }) => names.some((name) => selects(info, selectionSet, name)));
  return isAsked("feedCursor", "changeVersion") ? { count: isAsked("totalCount") } : null;
}

function selects(
  info: GraphQLResolveInfo,
  selectionSet: SelectionSetNode | undefined,
  name: string,
): boolean {
  return (selectionSet?.selections ?? []).some((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value === name;
    if (selection.kind === Kind.INLINE_FRAGMENT) return selects(info, selection.selectionSet, name);
    return selects(info, info.fragments[selection.name.value]?.selectionSet, name);
  });
}

/** Makes the arguments of a connection field that can be read from either end. */
export function pageArgs(t: ArgBuilder<Types>, maxSize: number = maxPageSize) {
  return {
    first: t.int({
      description: `Gives this many rows from the start of the list, 0 to ${maxSize}. It cannot be combined with last. Default: ${defaultPageSize}, if last is not given.`,
    }),
    after: t.string({
      description:
        "Gives only rows after this cursor; BAD_USER_INPUT if it is not one of this list with the same filter and order.",
    }),
    last: t.int({
      description: `Gives this many rows from the end of the list, 0 to ${maxSize}, still in the list's order. It cannot be combined with first.`,
    }),
    before: t.string({
      description:
        "Gives only rows before this cursor; BAD_USER_INPUT if it is not one of this list with the same filter and order.",
    }),
  };
}

/** Makes the arguments of a connection field that can be read from its start only. */
export function forwardArgs(t: ArgBuilder<Types>, maxSize: number = maxPageSize) {
  const { after } = pageArgs(t, maxSize);
  return {
    first: t.int({ description: `Gives this many rows, 0 to ${maxSize}. Default: ${defaultPageSize}.` }),
    after,
  };
}

/**
 * Counts a page in the complexity of an operation: what is asked of a row counts as often as the page may hold rows.
 */
export function pageComplexity(args: { first?: number | null; last?: number | null }) {
  return { field: 1, multiplier: Math.max(1, args.first ?? args.last ?? defaultPageSize) };
}
