import {
  archiveSession,
  markSessionRead,
  markSessionUnread,
  markSessionsRead,
  pinSession,
  snoozeSession,
} from "../../actions/inbox/mark.js";
import { notFound } from "../../domain/errors.js";
import { countInbox } from "../../store/inbox/counts.js";
import type { MarkPlace } from "../../store/inbox/mark.js";
import { builder } from "../builder.js";
import { loadSession } from "../reading/loads.js";
import { Session, SessionRef } from "../session.js";
import { InboxCounts } from "./attention.js";
import { SessionFilter, filterDefault, readerArg, takeSessionFilter } from "./session-list.js";

const sessionArg = "Which session.";

const MarkSessionReadInput = builder.inputType("MarkSessionReadInput", {
  description: "What a reader has read.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    upToVersion: t.field({
      type: "SafeInt",
      description:
        "The version that the reader saw; what came later stays unread. Never lowers what was read. Default: the current one.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const MarkSessionUnreadInput = builder.inputType("MarkSessionUnreadInput", {
  description: "What a reader wants to look at again.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    readerId: t.string({ description: readerArg }),
  }),
});

const MarkSessionsReadInput = builder.inputType("MarkSessionsReadInput", {
  description: "A list that a reader has read.",
  fields: (t) => ({
    filter: t.field({ type: SessionFilter, description: `Which sessions. ${filterDefault}` }),
    upToVersion: t.field({
      type: "SafeInt",
      description: "Only sessions that have no newer version than this. Default: all that match.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const ArchiveSessionInput = builder.inputType("ArchiveSessionInput", {
  description: "What a reader puts away.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    archived: t.boolean({
      required: true,
      defaultValue: true,
      description: "false takes it out of the archive.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const SnoozeSessionInput = builder.inputType("SnoozeSessionInput", {
  description: "What a reader wants to see later.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    until: t.field({
      type: "DateTime",
      description: "When it comes back, an instant to come; left out or null: now.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const PinSessionInput = builder.inputType("PinSessionInput", {
  description: "What a reader wants on top.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    pinned: t.boolean({ required: true, defaultValue: true, description: "false takes the pin away." }),
    readerId: t.string({ description: readerArg }),
  }),
});

/** What a list without any filter counts. */
const everything = takeSessionFilter(null);

const SessionPayload = builder.objectRef<MarkPlace>("SessionPayload").implement({
  description: "What a mark did.",
  fields: (t) => ({
    session: t.field({
      type: Session,
      description: "The session as it stands.",
      resolve: async ({ sessionId }, _args, context) => {
        const session = await loadSession(context, sessionId);
        if (!session) throw notFound("session", sessionId);
        return session;
      },
    }),
    counts: t.field({
      type: InboxCounts,
      description: "All sessions as they now stand with the reader.",
      resolve: ({ readerId }, _args, { store }) => countInbox(store, everything, readerId),
    }),
  }),
});

const MarkSessionsReadPayload = builder
  .objectRef<{ readerId: string; changed: number }>("MarkSessionsReadPayload")
  .implement({
    description: "What markSessionsRead did.",
    fields: (t) => ({
      changed: t.exposeInt("changed", {
        description: "How many sessions it marked that were not read before.",
      }),
      counts: t.field({
        type: InboxCounts,
        description: "All sessions as they now stand with the reader.",
        resolve: ({ readerId }, _args, { store }) => countInbox(store, everything, readerId),
      }),
    }),
  });

const marking = "Needs the scope reader. Marks are the reader's own and never change the session.";

builder.mutationFields((t) => ({
  markSessionRead: t.field({
    type: SessionPayload,
    description: `Marks a session as read, and ends a mark-unread. ${marking}`,
    args: { input: t.arg({ type: MarkSessionReadInput, required: true, description: "What was read." }) },
    resolve: (_root, { input }, context) => markSessionRead(context, input),
  }),
  markSessionUnread: t.field({
    type: SessionPayload,
    description: `Marks a session as unread, until it is marked as read. ${marking}`,
    args: { input: t.arg({ type: MarkSessionUnreadInput, required: true, description: sessionArg }) },
    resolve: (_root, { input }, context) => markSessionUnread(context, input),
  }),
  markSessionsRead: t.field({
    type: MarkSessionsReadPayload,
    description: `Marks every session of a list as read, in one step. ${marking}`,
    args: { input: t.arg({ type: MarkSessionsReadInput, required: true, description: "Which list." }) },
    resolve: (_root, { input }, context) =>
      markSessionsRead(context, { ...input, filter: takeSessionFilter(input.filter, "input.filter") }),
  }),
  archiveSession: t.field({
    type: SessionPayload,
    description: `Puts a session away, until it turns active or unread by a newer version. ${marking}`,
    args: { input: t.arg({ type: ArchiveSessionInput, required: true, description: sessionArg }) },
    resolve: (_root, { input }, context) => archiveSession(context, input),
  }),
  snoozeSession: t.field({
    type: SessionPayload,
    description: `Hides a session until an instant, or until an agent asks for input in it. BAD_USER_INPUT for an instant that has passed. ${marking}`,
    args: { input: t.arg({ type: SnoozeSessionInput, required: true, description: sessionArg }) },
    resolve: (_root, { input }, context) => snoozeSession(context, input),
  }),
  pinSession: t.field({
    type: SessionPayload,
    description: `Pins a session to the top of the order ATTENTION. ${marking}`,
    args: { input: t.arg({ type: PinSessionInput, required: true, description: sessionArg }) },
    resolve: (_root, { input }, context) => pinSession(context, input),
  }),
}));
