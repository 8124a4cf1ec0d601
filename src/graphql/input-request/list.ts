import type { GraphQLResolveInfo } from "graphql";
import { checkId } from "../../domain/ids.js";
import type { InputRequestState as State } from "../../domain/input-request.js";
import type { PageArguments } from "../../domain/page.js";
import { checkOptionalName } from "../../domain/text.js";
import { resolveSession } from "../../actions/session.js";
import { type RequestFilter, followedRequests, requestListing } from "../../store/input-request-listing.js";
import type { Listing } from "../../store/listing/listing.js";
import type { InputRequestRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { Command } from "../command.js";
import type { GraphContext } from "../context.js";
import { feedCursorAt } from "../following/list-feed.js";
import { InputRequestKind, InputRequestState } from "../enums/input-request.js";
import { connectionOf, forwardArgs, momentOf, pageArgs, pageComplexity } from "../reading/connection.js";
import { loadAnswered } from "../reading/loads.js";
import { openPage } from "../reading/page.js";
import { Run } from "../run/run.js";
import { Session, SessionRef } from "../session.js";
import { noSession } from "../inbox/session-list.js";
import { InputRequest } from "./request.js";

const InputRequestConnection = connectionOf("InputRequest", InputRequest, "input requests", "inputRequests");

export const InputRequestFilter = builder.inputType("InputRequestFilter", {
  description:
    "Which input requests a list holds. A request must meet every condition; one that is left out or null does not narrow the list, except states.",
  fields: (t) => ({
    states: t.field({
      type: [InputRequestState],
      defaultValue: ["OPEN"],
      description: "Only requests in one of these states.",
    }),
    kinds: t.field({ type: [InputRequestKind], description: "Only requests of one of these kinds." }),
    projectId: t.string({ description: "Only requests of this project." }),
    session: t.field({
      type: SessionRef,
      description:
        "Only requests of this session, and of the sessions below it unless tree is false. The list is empty if there is no such session.",
    }),
    tree: t.boolean({
      defaultValue: true,
      description: "With session: the requests of all sessions below it too.",
    }),
    runId: t.id({ description: "Only requests of this run." }),
  }),
});

const openOnly: readonly State[] = ["OPEN"];

/** Checks a filter, and gives filters that mean the same the same form, so that they have the same cursors. */
export async function takeRequestFilter(
  context: GraphContext,
  filter: typeof InputRequestFilter.$inferInput | null | undefined,
): Promise<RequestFilter> {
  const { states, kinds, projectId, session, tree, runId } = filter ?? {};
  return {
    states: sorted(states ?? openOnly),
    kinds: kinds ? sorted(kinds) : null,
    projectId: checkOptionalName(projectId, "filter.projectId"),
    sessionId: session ? ((await resolveSession(context, session, "filter.session")) ?? noSession) : null,
    ...(session && tree === false ? { alone: true } : {}),
    runId: typeof runId === "string" ? checkId("run", runId, "filter.runId") : null,
  };
}

function sorted<Word extends string>(words: readonly Word[]): Word[] {
  return [...new Set(words)].toSorted();
}

function listOf(states: readonly State[] | null | undefined): RequestFilter {
  const any = { kinds: null, projectId: null, sessionId: null, runId: null };
  return { ...any, states: sorted(states ?? openOnly) };
}

const order =
  "Open ones alone are ordered by when they expire, the first to expire first, then by when they were asked, the oldest first. With any other state the newest come first.";

builder.queryFields((t) => ({
  inputRequests: t.field({
    type: InputRequestConnection,
    description: `What agents ask of people in the whole tenant. ${order}`,
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({
        type: InputRequestFilter,
        description: "Which requests the list holds. Default: all that are open.",
      }),
    },
    complexity: pageComplexity,
    resolve: async (_root, { filter, ...page }, context, info) => {
      const taken = await takeRequestFilter(context, filter);
      return openRequests(context, info, requestListing(taken), { page, followed: taken });
    },
  }),
}));

/** The arguments of the requests of one run or session. */
function ownArgs(t: Parameters<typeof forwardArgs>[0]) {
  return {
    ...forwardArgs(t),
    states: t({
      type: [InputRequestState],
      defaultValue: ["OPEN"],
      description: "Only requests in one of these states.",
    }),
  };
}

/** Opens a page of a listing of requests. `followed` is the filter that the subscription of the same list has. */
function openRequests(
  context: GraphContext,
  info: GraphQLResolveInfo,
  listing: Listing,
  { page, followed, parent }: { page: PageArguments; followed: RequestFilter; parent?: string },
) {
  return openPage<InputRequestRow>(context, listing, page, {
    ...(parent === undefined ? {} : { parent }),
    moment: momentOf(info),
    feedCursorAt: (version) =>
      feedCursorAt(context.store, "inputRequests", followedRequests(followed), version),
  });
}

builder.objectField(Run, "inputRequests", (t) =>
  t.field({
    type: InputRequestConnection,
    description: `What the run asks of people. ${order}`,
    args: ownArgs(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, { states, ...page }, context, info) => {
      const filter = listOf(states);
      const followed = { ...filter, runId: id };
      return openRequests(context, info, requestListing(filter, "run_id"), { page, followed, parent: id });
    },
  }),
);

builder.objectField(Session, "inputRequests", (t) =>
  t.field({
    type: InputRequestConnection,
    description: `What the session's runs ask of people, and those of the sessions below it. ${order}`,
    args: {
      ...ownArgs(t.arg),
      tree: t.arg.boolean({
        defaultValue: true,
        description: "False to leave out what is asked in sessions below it.",
      }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, { tree, states, ...page }, context, info) => {
      const filter = listOf(states);
      const alone = tree === false ? ({ alone: true } as const) : {};
      const listing = requestListing(filter, tree === false ? "session_id" : "tree");
      const followed = { ...filter, sessionId: id, ...alone };
      return openRequests(context, info, listing, { page, followed, parent: id });
    },
  }),
);

builder.objectField(Command, "answers", (t) =>
  t.field({
    type: [InputRequest],
    description: "The input requests that the command answers, or tells of, oldest first.",
    resolve: ({ id }, _args, context) => loadAnswered(context, id),
  }),
);
