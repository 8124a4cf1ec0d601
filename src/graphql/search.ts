import { resolveSession } from "../actions/session.js";
import {
  type FoundPage,
  type PlaceKey,
  type SearchFilter as StoreSearchFilter,
  keyOfPlace,
  search,
} from "../actions/search/search.js";
import type { Place } from "../actions/search/look.js";
import { decodeCursor, encodeCursor } from "../domain/cursor.js";
import { eventId } from "../domain/ids.js";
import { badUserInput, notFound } from "../domain/errors.js";
import { maxLabelLength, maxLabels, takeLabels } from "../domain/session-edit.js";
import { maxPageSize, pageSpan } from "../domain/page.js";
import { type Snippet as SnippetOfText, makeSnippet, maxSnippetLength } from "../domain/search/snippet.js";
import { maxQueryLength, maxTerms, parseQuery } from "../domain/search/query.js";
import { checkOptionalName } from "../domain/text.js";
import { sessionEventListing } from "../store/event.js";
import { scopeOf } from "../store/listing/listing.js";
import { readIndexedUpTo } from "../store/search/tenant.js";
import { builder } from "./builder.js";
import type { GraphContext } from "./context.js";
import { SearchField } from "./enums/search.js";
import { RunEvent } from "./event/event.js";
import { PageInfo, forwardArgs } from "./reading/connection.js";
import { loadEvent, loadSession } from "./reading/loads.js";
import type { Page } from "./reading/page.js";
import { Session, SessionRef } from "./session.js";

/** How many hits a page has if `first` is not given. */
const defaultHits = 20;

const SearchFilter = builder.inputType("SearchFilter", {
  description:
    "What a search looks through. A place must meet every condition that is given; one that is left out or null does not narrow the search.",
  fields: (t) => ({
    in: t.field({ type: [SearchField], description: "Only texts of these kinds." }),
    projectId: t.string({ description: "Only sessions of this project." }),
    session: t.field({
      type: SessionRef,
      description:
        "Only this session, of which all places are found and not the newest alone. Nothing is found if there is no such session.",
    }),
    backendProfile: t.string({ description: "Only sessions of this backend profile." }),
    labelsAll: t.stringList({
      description: `Only sessions that have all of these labels: at most ${maxLabels}, each of 1 to ${maxLabelLength} characters. Upper and lower case are the same.`,
    }),
    labelsAny: t.stringList({
      description: `Only sessions that have one of these labels: at most ${maxLabels}, each of 1 to ${maxLabelLength} characters. Upper and lower case are the same. With an empty list nothing is found.`,
    }),
    occurredAfter: t.field({
      type: "DateTime",
      description:
        "Only what happened after this instant, by its occurredAt; titles by when they were given.",
    }),
    occurredBefore: t.field({
      type: "DateTime",
      description: "Only what happened before this instant, by its occurredAt.",
    }),
  }),
});

const Snippet = builder.objectRef<SnippetOfText>("Snippet").implement({
  description: "The piece of a text in which the most of what was looked for stands.",
  fields: (t) => ({
    text: t.exposeString("text", {
      description: `Plain text of at most ${maxSnippetLength} characters (code points), in which each stretch of white space is one space.`,
    }),
    highlights: t.field({
      type: t.listRef(t.listRef("Int")),
      description:
        "Where words and phrases of the query stand in the text: [start, end) in characters (code points), in their order, without overlaps. Whole characters are marked, such as ß for the s of a word.",
      resolve: ({ highlights }) => highlights.map(([start, end]) => [start, end]),
    }),
  }),
});

const SearchHit = builder.objectRef<Place>("SearchHit").implement({
  description: "A place in which what was looked for stands.",
  fields: (t) => ({
    session: t.field({
      type: Session,
      description: "The session that it stands in.",
      resolve: async ({ sessionId }, _args, context) => {
        const session = await loadSession(context, sessionId);
        if (!session) throw notFound("session", sessionId);
        return session;
      },
    }),
    event: t.field({
      type: RunEvent,
      nullable: true,
      description: "The event that it stands in; null for a hit in the title.",
      resolve: ({ event }, _args, context) => event && loadEvent(context, eventId(event.runId, event.seq)),
    }),
    timelineCursor: t.string({
      nullable: true,
      description:
        "The event's place in the session's timeline, where no types are named: for its after and before. Null for a hit in the title.",
      resolve: ({ event, sessionId, sessionSeq }, _args, { store }) =>
        event && encodeCursor(scopeOf(store, sessionEventListing({ types: null }), sessionId), [sessionSeq]),
    }),
    field: t.expose("field", { type: SearchField, description: "What kind of text it is." }),
    snippet: t.field({
      type: Snippet,
      description: "The piece of the text to show.",
      resolve: ({ text, terms }) => makeSnippet(text, terms),
    }),
  }),
});

/** A page of hits. Nobody counts how many there are. */
type HitPage = Omit<Page<Place>, "totalCount">;

const SearchEdge = builder.objectRef<HitPage["edges"][number]>("SearchEdge").implement({
  description: "One of the hits of a page, with its place in the list.",
  fields: (t) => ({
    cursor: t.string({
      description:
        "The hit's place in the list. Sent as `after`, it continues the same search with the same filter.",
      resolve: ({ cursor }) => cursor,
    }),
    node: t.field({ type: SearchHit, description: "The hit itself.", resolve: ({ node }) => node }),
  }),
});

const SearchConnection = builder.objectRef<HitPage>("SearchConnection").implement({
  description:
    "A page of hits. It may have fewer than were asked for though there are more: a search that finds little ends early, and its endCursor says from where it goes on.",
  fields: (t) => ({
    edges: t.field({
      type: [SearchEdge],
      description: "The hits of the page with their cursors, the newest first.",
      resolve: ({ edges }) => [...edges],
    }),
    nodes: t.field({
      type: [SearchHit],
      description: "The hits of the page, the newest first.",
      resolve: ({ edges }) => edges.map(({ node }) => node),
    }),
    pageInfo: t.field({
      type: PageInfo,
      description: "Where the page lies in its list.",
      resolve: (page) => page,
    }),
    indexedUpTo: t.field({
      type: "DateTime",
      description:
        "Everything that was stored before this instant is found; what came later may not be yet. 1970 until all is indexed that there was when the tenant's texts were indexed first.",
      resolve: (_page, _args, { store }) => readIndexedUpTo(store),
    }),
  }),
});

/** Checks a filter, and gives filters that mean the same the same form, so that they have the same cursors. */
async function takeSearchFilter(
  context: GraphContext,
  filter: typeof SearchFilter.$inferInput | null | undefined,
): Promise<StoreSearchFilter> {
  const {
    in: fields,
    projectId,
    session,
    backendProfile,
    labelsAll,
    labelsAny,
    occurredAfter,
    occurredBefore,
  } = filter ?? {};
  return {
    fields: fields ? [...new Set(fields)].toSorted() : null,
    projectId: checkOptionalName(projectId, "filter.projectId"),
    backendProfile: checkOptionalName(backendProfile, "filter.backendProfile"),
    // One that is left out is no part of a cursor's scope: older cursors stay good.
    ...(labelsAll?.length ? { labelsAll: takeLabels(labelsAll, "filter.labelsAll") } : {}),
    labelsAny: labelsAny ? takeLabels(labelsAny, "filter.labelsAny") : null,
    // An empty id is that of no session.
    sessionId: session ? ((await resolveSession(context, session, "filter.session")) ?? "") : null,
    occurredAfter: occurredAfter ?? null,
    occurredBefore: occurredBefore ?? null,
  };
}

function toPage({ places, hasMore, end }: FoundPage, scope: string, isFirst: boolean): HitPage {
  return {
    edges: places.map((node) => ({
      get cursor() {
        return encodeCursor(scope, keyOfPlace(node));
      },
      node,
    })),
    endCursor: end && encodeCursor(scope, end),
    hasNextPage: async () => hasMore,
    hasPreviousPage: async () => !isFirst,
  };
}

builder.queryFields((t) => ({
  search: t.field({
    type: SearchConnection,
    description:
      "What was said, printed, asked or changed in sessions: the newest place of each session, the newest first, or all places where filter.session is given. Of sessions whose expiresAt has passed nothing is found.",
    args: {
      query: t.arg.string({
        required: true,
        description: `Words, all of which must stand in one place; "phrases" in quotes; OR between alternatives; and - before what must not stand there. Each is found inside longer words too. Upper and lower case, accents and stretches of white space are the same. A query of -words alone finds nothing. At most ${maxQueryLength} characters, and ${maxTerms} words and phrases (BAD_USER_INPUT).`,
      }),
      filter: t.arg({
        type: SearchFilter,
        description: "What the search looks through. Default: everything.",
      }),
      first: t.arg.int({
        defaultValue: defaultHits,
        description: `Gives this many hits, 0 to ${maxPageSize}.`,
      }),
      after: forwardArgs(t.arg).after,
    },
    complexity: ({ first }) => ({ field: 10, multiplier: Math.max(1, first ?? defaultHits) }),
    resolve: async (_root, { query, filter, ...page }, context) => {
      const span = pageSpan({ first: page.first ?? defaultHits, after: page.after ?? null });
      const sought = parseQuery(query, "query");
      const narrowed = await takeSearchFilter(context, filter);
      const { occurredAfter, occurredBefore } = narrowed;
      if (occurredAfter !== null && occurredBefore !== null && occurredAfter >= occurredBefore)
        throw badUserInput("filter.occurredBefore", "must be after filter.occurredAfter");
      const scope = JSON.stringify([context.store.tenantId, "search", sought, narrowed]);
      const after =
        span.after === null
          ? null
          : (decodeCursor(scope, span.after, "after", ["instant", "text", "number"]) as PlaceKey);
      const found = await search(context.store, sought, narrowed, { first: span.limit, after });
      return toPage(found, scope, after === null);
    },
  }),
}));
