import { resolveReader } from "../../actions/inbox/reader.js";
import { notFound } from "../../domain/errors.js";
import { attentionOf } from "../../domain/inbox/attention.js";
import { type InboxCounts as Counts, countInbox } from "../../store/inbox/counts.js";
import type { ListedSession } from "../../store/inbox/list.js";
import type { MarkRow, SessionRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { AttentionReason, AttentionState } from "../enums.js";
import { loadMark } from "../reading/loads.js";
import { Session } from "../session.js";
import { SessionFilter, readerArg, takeSessionFilter } from "./session-list.js";

type Attention = SessionRow & Omit<MarkRow, "sessionId">;

export const SessionAttention = builder.objectRef<Attention>("SessionAttention").implement({
  description: "How a session stands with one reader. What a reader marks never changes the session itself.",
  fields: (t) => ({
    readerId: t.exposeString("readerId", {
      nullable: true,
      description:
        "The reader; null if the caller's token names none. Then every session that is not active counts as unread.",
    }),
    state: t.field({
      type: AttentionState,
      description: "Whether the session is active, unread or read.",
      resolve: (attention) => attentionOf(attention, attention),
    }),
    reason: t.expose("reason", {
      type: AttentionReason,
      description: "Why the session asks for attention, or why it does not. It is the same for every reader.",
    }),
    since: t.expose("reasonSince", {
      type: "DateTime",
      description:
        "When the reason began to hold. If the agent asks for input, it is the time of the newest request.",
    }),
    active: t.boolean({
      description: "True while the session's executionState is RUNNING.",
      resolve: ({ executionState }) => executionState === "RUNNING",
    }),
    unread: t.boolean({
      description:
        "True if the session is not active, and the reader has not read its newest version or has marked it unread.",
      resolve: (attention) => attentionOf(attention, attention) === "UNREAD",
    }),
    readVersion: t.expose("readVersion", {
      type: "SafeInt",
      nullable: true,
      description:
        "The newest version of the session that the reader has read; null if the reader has never read it.",
    }),
    readAt: t.expose("readAt", {
      type: "DateTime",
      nullable: true,
      description:
        "When the reader last marked the session as read, with something new in it or after marking it unread; null if the reader has never read it.",
    }),
    markedUnread: t.exposeBoolean("markedUnread", {
      description: "True if the reader has marked the session unread and has not marked it read since.",
    }),
    archivedAt: t.expose("archivedAt", {
      type: "DateTime",
      nullable: true,
      description:
        "When the reader archived the session; null if it is not in the archive. A newer version takes it out of the archive.",
    }),
    snoozedUntil: t.expose("snoozedUntil", {
      type: "DateTime",
      nullable: true,
      description:
        "Until when the reader has snoozed the session; null if it is not snoozed. An input request of its agent ends the snooze early.",
    }),
    pinnedAt: t.expose("pinnedAt", {
      type: "DateTime",
      nullable: true,
      description: "When the reader pinned the session; null if it is not pinned.",
    }),
  }),
});

builder.objectField(Session, "attention", (t) =>
  t.field({
    type: SessionAttention,
    description: "How the session stands with one reader.",
    args: { readerId: t.arg.string({ description: readerArg }) },
    resolve: async (session: SessionRow | ListedSession, { readerId }, context) => {
      const reader = resolveReader(context, readerId, "readerId");
      // A list of sessions has read the marks of its own reader already.
      if ("markedUnread" in session && session.readerId === reader) return session;
      const mark = await loadMark(context, session.id, reader);
      if (!mark) throw notFound("session", session.id);
      return { ...session, ...mark };
    },
  }),
);

export const InboxCounts = builder.objectRef<Counts>("InboxCounts").implement({
  description:
    "How many of the sessions that match a filter are active, unread, read and so on for one reader. All are counted, not only a page of them. Sessions that the reader has archived or snoozed count as archived or snoozed and as nothing else.",
  fields: (t) => ({
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
    resolve: (_root, { filter, readerId }, { store, viewer }) =>
      countInbox(store, takeSessionFilter(filter), resolveReader({ store, viewer }, readerId, "readerId")),
  }),
}));
