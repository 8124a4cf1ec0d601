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

const sessionArg = "The session, by its id or by the client's name.";

const MarkSessionReadInput = builder.inputType("MarkSessionReadInput", {
  description: "A session that a reader has read.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    upToVersion: t.field({
      type: "SafeInt",
      description:
        "The version of the session that the reader saw, 0 or more: the session stays unread if it has a newer one. A version older than the one that was read before has no effect. Default: the session's newest version.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const MarkSessionUnreadInput = builder.inputType("MarkSessionUnreadInput", {
  description: "A session that a reader wants to look at again.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    readerId: t.string({ description: readerArg }),
  }),
});

const MarkSessionsReadInput = builder.inputType("MarkSessionsReadInput", {
  description: "A list of sessions that a reader has read.",
  fields: (t) => ({
    filter: t.field({ type: SessionFilter, description: `Which sessions the list holds. ${filterDefault}` }),
    upToVersion: t.field({
      type: "SafeInt",
      description:
        "Marks only sessions that have no newer version than this, 0 or more. Default: all sessions of the list.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const ArchiveSessionInput = builder.inputType("ArchiveSessionInput", {
  description: "A session that a reader puts away.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    archived: t.boolean({
      required: true,
      defaultValue: true,
      description: "true puts the session into the archive, false takes it out.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const SnoozeSessionInput = builder.inputType("SnoozeSessionInput", {
  description: "A session that a reader wants to see later.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    until: t.field({
      type: "DateTime",
      description: "When the session comes back: an instant in the future. Default: the snooze ends now.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const PinSessionInput = builder.inputType("PinSessionInput", {
  description: "A session that a reader wants on top.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    pinned: t.boolean({
      required: true,
      defaultValue: true,
      description: "true pins the session, false takes the pin away.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

/** The filter of a list that is given none. */
const everything = takeSessionFilter(null);

const SessionPayload = builder.objectRef<MarkPlace>("SessionPayload").implement({
  description: "The result of marking one session.",
  fields: (t) => ({
    session: t.field({
      type: Session,
      description: "The session as it is now.",
      resolve: async ({ sessionId }, _args, context) => {
        const session = await loadSession(context, sessionId);
        if (!session) throw notFound("session", sessionId);
        return session;
      },
    }),
    counts: t.field({
      type: InboxCounts,
      description: "How all sessions of the tenant stand with the reader now.",
      resolve: ({ readerId }, _args, { store }) => countInbox(store, everything, readerId),
    }),
  }),
});

const MarkSessionsReadPayload = builder
  .objectRef<{ readerId: string; changed: number }>("MarkSessionsReadPayload")
  .implement({
    description: "The result of markSessionsRead.",
    fields: (t) => ({
      changed: t.exposeInt("changed", {
        description:
          "How many sessions this call marked: those that had been read before are not among them.",
      }),
      counts: t.field({
        type: InboxCounts,
        description: "How all sessions of the tenant stand with the reader now.",
        resolve: ({ readerId }, _args, { store }) => countInbox(store, everything, readerId),
      }),
    }),
  });

const marking =
  "A mark is the reader's own and never changes the session. Needs the scope reader. NOT_FOUND if a session that is named does not exist, BAD_USER_INPUT if neither readerId nor the token names a reader.";

builder.mutationFields((t) => ({
  markSessionRead: t.field({
    type: SessionPayload,
    description: `Marks a session as read up to a version. This also ends an earlier markSessionUnread. ${marking}`,
    args: {
      input: t.arg({ type: MarkSessionReadInput, required: true, description: "The session that was read." }),
    },
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
    description: `Marks all sessions of a list as read, in one step. ${marking}`,
    args: {
      input: t.arg({ type: MarkSessionsReadInput, required: true, description: "The list that was read." }),
    },
    resolve: (_root, { input }, context) =>
      markSessionsRead(context, { ...input, filter: takeSessionFilter(input.filter, "input.filter") }),
  }),
  archiveSession: t.field({
    type: SessionPayload,
    description: `Puts a session into the reader's archive, or takes it out. It also leaves the archive by itself once it has a newer version. ${marking}`,
    args: { input: t.arg({ type: ArchiveSessionInput, required: true, description: sessionArg }) },
    resolve: (_root, { input }, context) => archiveSession(context, input),
  }),
  snoozeSession: t.field({
    type: SessionPayload,
    description: `Hides a session until an instant, or until its agent asks for input if that is earlier. BAD_USER_INPUT if the instant has passed. ${marking}`,
    args: { input: t.arg({ type: SnoozeSessionInput, required: true, description: sessionArg }) },
    resolve: (_root, { input }, context) => snoozeSession(context, input),
  }),
  pinSession: t.field({
    type: SessionPayload,
    description: `Pins a session to the top of lists in the order ATTENTION, or takes the pin away. ${marking}`,
    args: { input: t.arg({ type: PinSessionInput, required: true, description: sessionArg }) },
    resolve: (_root, { input }, context) => pinSession(context, input),
  }),
}));
