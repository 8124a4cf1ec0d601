import { resolveReader } from "../../actions/inbox/reader.js";
import { badUserInput } from "../../domain/errors.js";
import { checkCharacters, checkOptionalName } from "../../domain/text.js";
import {
  type ListedSession,
  type SessionFilter as StoreSessionFilter,
  sessionListing,
} from "../../store/inbox/list.js";
import { builder } from "../builder.js";
import { AttentionReason, SessionListState, SessionOrder } from "../enums.js";
import { pageArgs, pageComplexity } from "../reading/connection.js";
import { openPage } from "../reading/page.js";
import { SessionConnection } from "../session.js";

/** How long a search may be, in characters. */
const maxSearchLength = 200;

export const SessionFilter = builder.inputType("SessionFilter", {
  description:
    "Which sessions a list holds. What is left out does not narrow it, but for state, and for what the reader has archived or snoozed.",
  fields: (t) => ({
    state: t.field({
      type: SessionListState,
      defaultValue: "DEFAULT",
      description: "How they stand with the reader.",
    }),
    reasons: t.field({
      type: [AttentionReason],
      description: "Only those that ask for attention for one of these reasons.",
    }),
    projectId: t.string({ description: "Only those of this project." }),
    backendProfile: t.string({ description: "Only those of this backend profile." }),
    search: t.string({
      description: `Only those whose title holds each of these words, or parts of words, in any case. At most ${maxSearchLength} characters.`,
    }),
    archived: t.boolean({
      description: "true: only those that the reader has archived. Left out or false: none of them.",
    }),
    snoozed: t.boolean({
      description: "true: only those that the reader has snoozed. Left out or false: none of them.",
    }),
    updatedAfter: t.field({
      type: "DateTime",
      description: "Only those whose state changed after this instant.",
    }),
  }),
});

/** What every filter argument says of a list that nobody has narrowed. */
export const filterDefault = "Default: what is active or unread, and neither archived nor snoozed.";

/** The filter with its default state, its names checked. BAD_USER_INPUT names the field. */
export function takeSessionFilter(
  filter: typeof SessionFilter.$inferInput | null | undefined,
  field = "filter",
): StoreSessionFilter {
  const { state, projectId, backendProfile, search, ...rest } = filter ?? {};
  if (search && search.length > maxSearchLength)
    throw badUserInput(`${field}.search`, `must be at most ${maxSearchLength} characters`);
  return {
    ...rest,
    state: state ?? "DEFAULT",
    projectId: checkOptionalName(projectId, `${field}.projectId`),
    backendProfile: checkOptionalName(backendProfile, `${field}.backendProfile`),
    search: search && checkCharacters(search, `${field}.search`),
  };
}

/** What every argument of this name says. */
export const readerArg =
  "Whose reading counts. Default: the viewer's own; another's needs the scope operator.";

builder.queryFields((t) => ({
  sessions: t.field({
    type: SessionConnection,
    description:
      "The tenant's sessions as one reader sees them. One whose expiresAt has passed is not listed.",
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({ type: SessionFilter, description: `Which ones. ${filterDefault}` }),
      orderBy: t.arg({ type: SessionOrder, defaultValue: "ATTENTION", description: "In which order." }),
      readerId: t.arg.string({ description: readerArg }),
    },
    complexity: pageComplexity,
    resolve: (_root, { filter, orderBy, readerId, ...page }, context) => {
      const reader = resolveReader(context, readerId, "readerId");
      const listing = sessionListing(takeSessionFilter(filter), orderBy ?? "ATTENTION", reader);
      const onSlow = () => reader !== null && context.store.skips.build(context.store, reader);
      return openPage<ListedSession>(context, listing, page, { onSlow });
    },
  }),
}));
