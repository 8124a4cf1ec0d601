import { markSessionsRead } from "../../actions/inbox/mark-list.js";
import {
  archiveSession,
  markSessionRead,
  markSessionUnread,
  pinSession,
  snoozeSession,
} from "../../actions/inbox/mark.js";
import { countInbox } from "../../store/inbox/counts.js";
import type { SessionFilter as ListFilter } from "../../store/inbox/list.js";
import { builder } from "../builder.js";
import { SessionRef } from "../session.js";
import { InboxCounts } from "./counts.js";
import { SessionPayload, ifVersionArg } from "./session-payload.js";
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
    ifVersion: t.field({ type: "SafeInt", description: ifVersionArg }),
    readerId: t.string({ description: readerArg }),
  }),
});

const MarkSessionUnreadInput = builder.inputType("MarkSessionUnreadInput", {
  description: "A session that a reader wants to look at again.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    ifVersion: t.field({ type: "SafeInt", description: ifVersionArg }),
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
        "The newest version that the reader has seen, 0 or more: sessions that have a newer one stay unread, and so do those that the reader has marked unread after it. Default: all sessions of the list are read.",
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
    ifVersion: t.field({ type: "SafeInt", description: ifVersionArg }),
    readerId: t.string({ description: readerArg }),
  }),
});

const SnoozeSessionInput = builder.inputType("SnoozeSessionInput", {
  description: "A session that a reader wants to see later.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: sessionArg }),
    until: t.field({
      type: "DateTime",
      description:
        "When the session comes back, as unread: an instant in the future. Default: the snooze ends now.",
    }),
    ifVersion: t.field({ type: "SafeInt", description: ifVersionArg }),
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
    ifVersion: t.field({ type: "SafeInt", description: ifVersionArg }),
    readerId: t.string({ description: readerArg }),
  }),
});

const MarkSessionsReadPayload = builder
  .objectRef<{ readerId: string; changed: number; filter: ListFilter }>("MarkSessionsReadPayload")
  .implement({
    description: "The result of markSessionsRead.",
    fields: (t) => ({
      changed: t.exposeInt("changed", {
        description:
          "How many sessions this call marked: those that had been read before are not among them.",
      }),
      counts: t.field({
        type: InboxCounts,
        description:
          "How the sessions of the list stand with the reader now. The filter's state is not looked at, since the counts tell the states apart.",
        resolve: ({ readerId, filter }, _args, { store }) => countInbox(store, filter, readerId),
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
    description: `Marks all sessions of a list as read, however many there are. At most 1,000 are marked in one step. More are marked in one step too, those that the reader has archived or snoozed with them, unless reasons, search, archived, snoozed or updatedAfter narrow the list: sessionAttentionChanged of the reader then ends with \`details.reason: cursor-too-old\`. More of a list that is narrowed so, or whose state leaves out more than 1,000 unread sessions, are marked in steps of 1,000. ${marking}`,
    args: {
      input: t.arg({ type: MarkSessionsReadInput, required: true, description: "The list that was read." }),
    },
    resolve: async (_root, { input }, context) => {
      const filter = await takeSessionFilter(context, input.filter, "input.filter");
      const { marksAtOnce } = context.environment;
      return { ...(await markSessionsRead(context, { ...input, filter }, marksAtOnce)), filter };
    },
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
