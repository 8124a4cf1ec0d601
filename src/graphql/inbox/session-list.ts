import { resolveReader } from "../../actions/inbox/reader.js";
import { resolveSession } from "../../actions/session.js";
import { badUserInput } from "../../domain/errors.js";
import type { PageArguments } from "../../domain/page.js";
import { maxLabelLength, maxLabels, takeLabels } from "../../domain/session-edit.js";
import { checkCharacters, checkOptionalName } from "../../domain/text.js";
import { isKeptFilter, keptTotal } from "../../store/inbox/base/read.js";
import {
  type ListedSession,
  type SessionFilter as StoreSessionFilter,
  onlyLabelOf,
} from "../../store/inbox/list.js";
import { sessionListing, skipAxisOf } from "../../store/inbox/session-listing.js";
import { markFields } from "../../store/inbox/standing.js";
import type { AddValue } from "../../store/listing/listing.js";
import { sessionSource } from "../../store/session.js";
import { builder } from "../builder.js";
import { readsPage } from "../compiled/reads.js";
import type { GraphContext } from "../context.js";
import { AttentionReason } from "../enums/attention.js";
import { SessionLevel, SessionListState, SessionOrder } from "../enums/session.js";
import { momentOf, pageArgs, pageComplexity } from "../reading/connection.js";
import type { List } from "../reading/list.js";
import { openList } from "../reading/page.js";
import { SessionConnection, SessionRef } from "../session.js";
import { joinAttention } from "./attention-join.js";
import { attentionCursorAt } from "./attention-place.js";

/** The id of no session. A filter by a session that does not exist uses it, and so finds nothing. */
export const noSession = "";

/** The most characters of a search. */
const maxSearchLength = 200;

export const SessionFilter = builder.inputType("SessionFilter", {
  description:
    "Which sessions a list holds. A session must meet every condition that is given. One that is left out or null does not narrow the list, except state, which has a default, and archived and snoozed: a list that asks for neither leaves out archived and snoozed sessions.",
  fields: (t) => ({
    state: t.field({
      type: SessionListState,
      defaultValue: "DEFAULT",
      description: "Only sessions that stand so with the reader.",
    }),
    reasons: t.field({
      type: [AttentionReason],
      description: "Only sessions that ask for attention for one of these reasons.",
    }),
    projectId: t.string({ description: "Only sessions of this project." }),
    backendProfile: t.string({ description: "Only sessions of this backend profile." }),
    search: t.string({
      description: `Only sessions whose title contains each of these words, also as parts of longer words. Upper and lower case are the same. At most ${maxSearchLength} characters, with white space between the words.`,
    }),
    archived: t.boolean({
      description:
        "true gives only sessions that the reader has archived, false none of them. Default: none of them, unless snoozed is true.",
    }),
    snoozed: t.boolean({
      description:
        "true gives only sessions that the reader has snoozed, false none of them. Default: none of them, unless archived is true.",
    }),
    updatedAfter: t.field({
      type: "DateTime",
      description: "Only sessions whose updatedAt is after this instant.",
    }),
    level: t.field({
      type: SessionLevel,
      defaultValue: "ROOTS",
      description: "Whether the list holds roots alone, each for its whole tree, or every session.",
    }),
    under: t.field({
      type: SessionRef,
      description:
        "Only sessions below this one, at any depth, each for itself; the level does not matter then. The list is empty if there is no such session.",
    }),
    labelsAll: t.stringList({
      description: `Only sessions that have all of these labels: at most ${maxLabels}, each of 1 to ${maxLabelLength} characters. Upper and lower case are the same.`,
    }),
    labelsAny: t.stringList({
      description: `Only sessions that have one of these labels, as in labelsAll. An empty list holds nothing.`,
    }),
  }),
});

/** False leaves out what a list leaves out anyway, unless it asks for the other kind. */
function isSaid(asked: boolean | null | undefined, other: boolean | null | undefined): asked is boolean {
  return asked === true || (asked === false && other === true);
}

/** The end of each filter argument's description: which sessions a list holds if no filter is given. */
export const filterDefault = "Default: sessions that are active or unread, and neither archived nor snoozed.";

/** Checks a filter's texts, finds the session that it names, and fills in its default state. Throws BAD_USER_INPUT that names the field. */
export async function takeSessionFilter(
  { store }: Pick<GraphContext, "store">,
  filter: typeof SessionFilter.$inferInput | null | undefined,
  field = "filter",
): Promise<StoreSessionFilter> {
  const { state, projectId, backendProfile, search, level, under, labelsAll, labelsAny } = filter ?? {};
  const { reasons, archived, snoozed, updatedAfter } = filter ?? {};
  if (search && search.length > maxSearchLength)
    throw badUserInput(`${field}.search`, `must be at most ${maxSearchLength} characters`);
  return {
    // Filters that mean the same have the same form, so that they have the same cursors.
    ...(reasons ? { reasons: [...new Set(reasons)].toSorted() } : {}),
    ...(isSaid(archived, snoozed) ? { archived } : {}),
    ...(isSaid(snoozed, archived) ? { snoozed } : {}),
    ...(updatedAfter ? { updatedAfter } : {}),
    state: state ?? "DEFAULT",
    projectId: checkOptionalName(projectId, `${field}.projectId`),
    backendProfile: checkOptionalName(backendProfile, `${field}.backendProfile`),
    ...(search ? { search: checkCharacters(search, `${field}.search`) } : {}),
    // What is the default is left out, so that older cursors stay good.
    ...(labelsAll ? { labelsAll: takeLabels(labelsAll, `${field}.labelsAll`) } : {}),
    ...(labelsAny ? { labelsAny: takeLabels(labelsAny, `${field}.labelsAny`) } : {}),
    ...(level === "ALL" && !under ? { level } : {}),
    ...(under ? { under: (await resolveSession({ store }, under, `${field}.under`)) ?? noSession } : {}),
  };
}

/** The description of each argument `readerId`. */
export const readerArg =
  "The reader whose marks count. Default: the reader that the caller's token names. Naming another needs the scope operator (FORBIDDEN without it).";

type SessionsArguments = PageArguments & {
  filter?: typeof SessionFilter.$inferInput | null;
  orderBy?: typeof SessionOrder.$inferType | null;
  readerId?: string | null;
};

async function listSessions(
  { filter, orderBy, readerId, ...page }: SessionsArguments,
  context: GraphContext,
): Promise<List> {
  const reader = resolveReader(context, readerId, "readerId");
  const taken = await takeSessionFilter(context, filter);
  const { bases } = context.store;
  const label = onlyLabelOf(taken);
  const mayBeKept = isKeptFilter(taken) && bases.mayBeKept(context.store, reader, label);
  const kept = { sql: (add: AddValue) => keptTotal(add, taken, reader), isSure: label === undefined };
  return {
    listing: {
      ...sessionListing(taken, orderBy ?? "ATTENTION", reader),
      ...(mayBeKept ? { kept } : {}),
    },
    page,
    onCounted: (count) => bases.counted(context.store, reader, count, label),
    onSlow: () =>
      reader !== null &&
      context.store.skips.build(context.store, reader, skipAxisOf(taken, orderBy ?? "ATTENTION")),
    feedCursorAt: (version) => attentionCursorAt(context.store, { filter: taken, readerId: reader }, version),
    join: joinAttention(reader),
    lasts: !filter?.under,
  };
}

builder.queryFields((t) => ({
  sessions: t.field({
    type: SessionConnection,
    description:
      "The sessions of the tenant as one reader sees them. A session whose expiresAt has passed is not listed.",
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({ type: SessionFilter, description: `Which sessions the list holds. ${filterDefault}` }),
      orderBy: t.arg({
        type: SessionOrder,
        defaultValue: "ATTENTION",
        description: "The order in which the sessions come.",
      }),
      readerId: t.arg.string({ description: readerArg }),
    },
    complexity: pageComplexity,
    resolve: async (_root, args, context, info) =>
      openList<ListedSession>(context, await listSessions(args, context), { moment: momentOf(info) }),
    extensions: readsPage(listSessions, {
      columns: { ...sessionSource.columns, ...markFields },
    }),
  }),
}));
