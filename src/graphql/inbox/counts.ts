import { resolveReader } from "../../actions/inbox/reader.js";
import { badUserInput } from "../../domain/errors.js";
import { type InboxCounts as Counts, countInbox, countTabs } from "../../store/inbox/counts.js";
import { builder } from "../builder.js";
import { countsId } from "./kept-counts.js";
import { SessionFilter, readerArg, takeSessionFilter } from "./session-list.js";

/** The most filters that are counted at once. */
const maxTabs = 20;

export const InboxCounts = builder.objectRef<Counts>("InboxCounts").implement({
  description:
    "How many of the sessions that match a filter are active, unread, read and so on for one reader. All are counted, not only a page of them. Sessions that the reader has archived or snoozed count as archived or snoozed and as nothing else.",
  fields: (t) => ({
    id: t.id({
      description:
        "One for each reader and filter, whatever its state, so that caches keep one copy. `node` does not take it.",
      resolve: (counts, _args, { store }) => countsId(store, counts),
    }),
    changeVersion: t.expose("version", {
      type: "SafeInt",
      description: "Every change up to this one is counted: see SessionAttention.changeVersion.",
    }),
    active: t.exposeInt("active", { description: "How many are active." }),
    unread: t.exposeInt("unread", { description: "How many are neither active nor read." }),
    read: t.exposeInt("read", { description: "How many are read and not active." }),
    needsInput: t.exposeInt("needsInput", {
      description:
        "How many have the reason NEEDS_INPUT or NEEDS_APPROVAL. They are counted as active, unread or read too.",
    }),
    archived: t.exposeInt("archived", {
      description: "How many the reader has archived. Some of them may be snoozed too.",
    }),
    snoozed: t.exposeInt("snoozed", {
      description: "How many the reader has snoozed. Some of them may be archived too.",
    }),
    total: t.exposeInt("total", { description: "The sum of active, unread and read." }),
  }),
});

builder.queryFields((t) => ({
  inboxCounts: t.field({
    type: InboxCounts,
    description:
      "Counts the sessions of the tenant as they stand with one reader: how many are active, unread, read and so on, all at one moment.",
    args: {
      filter: t.arg({
        type: SessionFilter,
        description: `Which sessions are counted. The filter's state is not looked at, since the counts tell the states apart. Default: all that are not expired.`,
      }),
      readerId: t.arg.string({ description: readerArg }),
    },
    resolve: async (_root, { filter, readerId }, context) => {
      const reader = resolveReader(context, readerId, "readerId");
      return countInbox(context.store, await takeSessionFilter(context, filter), reader);
    },
  }),
  inboxTabs: t.field({
    type: [InboxCounts],
    description: `The counts of several filters, all at one moment, in the order of the filters. At most ${maxTabs}.`,
    args: {
      filters: t.arg({
        type: [SessionFilter],
        required: true,
        description: `Which sessions each of the counts is about, as in inboxCounts: 0 to ${maxTabs} filters.`,
      }),
      readerId: t.arg.string({ description: readerArg }),
    },
    complexity: ({ filters }) => ({
      field: Math.max(1, filters.length),
      multiplier: Math.max(1, filters.length),
    }),
    resolve: async (_root, { filters, readerId }, context) => {
      if (filters.length > maxTabs) throw badUserInput("filters", `must be at most ${maxTabs} filters`);
      const reader = resolveReader(context, readerId, "readerId");
      const taken = await Promise.all(
        filters.map((filter, index) => takeSessionFilter(context, filter, `filters.${index}`)),
      );
      return countTabs(context.store, taken, reader);
    },
  }),
}));
