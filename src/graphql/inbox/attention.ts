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
import { SessionFilter, filterDefault, readerArg, takeSessionFilter } from "./session-list.js";

type Attention = SessionRow & Omit<MarkRow, "sessionId">;

export const SessionAttention = builder.objectRef<Attention>("SessionAttention").implement({
  description: "How a session stands with one reader. What the reader marks never changes the session.",
  fields: (t) => ({
    readerId: t.exposeString("readerId", {
      nullable: true,
      description:
        "Who reads; null for a viewer with no reader identity: then every inactive session counts as unread.",
    }),
    state: t.field({
      type: AttentionState,
      description: "Active, else unread, else read.",
      resolve: (attention) => attentionOf(attention, attention),
    }),
    reason: t.expose("reason", {
      type: AttentionReason,
      description: "Why it asks for attention, or does not; the same for every reader.",
    }),
    since: t.expose("reasonSince", {
      type: "DateTime",
      description: "Since when the reason holds; the newest request's time where an agent asks for input.",
    }),
    active: t.boolean({
      description: "True while its executionState is RUNNING.",
      resolve: ({ executionState }) => executionState === "RUNNING",
    }),
    unread: t.boolean({
      description:
        "True where it is not active, and the reader has not read it as it is or has marked it unread.",
      resolve: (attention) => attentionOf(attention, attention) === "UNREAD",
    }),
    readVersion: t.expose("readVersion", {
      type: "SafeInt",
      nullable: true,
      description: "The newest version that the reader has seen; null where never read.",
    }),
    readAt: t.expose("readAt", {
      type: "DateTime",
      nullable: true,
      description: "When the reader last read something new in it; null where never read.",
    }),
    markedUnread: t.exposeBoolean("markedUnread", {
      description: "True where the reader has marked it unread and not read it since.",
    }),
    archivedAt: t.expose("archivedAt", {
      type: "DateTime",
      nullable: true,
      description:
        "When the reader archived it; null where it is not in the archive. A newer version takes it out.",
    }),
    snoozedUntil: t.expose("snoozedUntil", {
      type: "DateTime",
      nullable: true,
      description:
        "Until when the reader has snoozed it; null where it is not snoozed. An input request ends a snooze before its time.",
    }),
    pinnedAt: t.expose("pinnedAt", {
      type: "DateTime",
      nullable: true,
      description: "When the reader pinned it; null where it is not pinned.",
    }),
  }),
});

builder.objectField(Session, "attention", (t) =>
  t.field({
    type: SessionAttention,
    description: "How it stands with one reader.",
    args: { readerId: t.arg.string({ description: readerArg }) },
    resolve: async (session: SessionRow | ListedSession, { readerId }, context) => {
      const reader = resolveReader(context, readerId, "readerId");
      // A list has read its own reader's marks with its sessions.
      if ("markedUnread" in session && session.readerId === reader) return session;
      const mark = await loadMark(context, session.id, reader);
      if (!mark) throw notFound("session", session.id);
      return { ...session, ...mark };
    },
  }),
);

export const InboxCounts = builder.objectRef<Counts>("InboxCounts").implement({
  description:
    "How many sessions stand how with one reader, over all that match, exactly. Archived and snoozed ones count only under their own names.",
  fields: (t) => ({
    active: t.exposeInt("active", { description: "The active ones." }),
    unread: t.exposeInt("unread", { description: "Those that are not active and not read." }),
    read: t.exposeInt("read", { description: "Those that are not active and read." }),
    needsInput: t.exposeInt("needsInput", {
      description: "Those whose reason is NEEDS_INPUT or NEEDS_APPROVAL, active or not.",
    }),
    archived: t.exposeInt("archived", { description: "Those that the reader has archived, snoozed or not." }),
    snoozed: t.exposeInt("snoozed", { description: "Those that the reader has snoozed, archived or not." }),
    total: t.exposeInt("total", { description: "active, unread and read together." }),
  }),
});

builder.queryFields((t) => ({
  inboxCounts: t.field({
    type: InboxCounts,
    description: "How many of the tenant's sessions stand how with one reader, counted at once.",
    args: {
      filter: t.arg({
        type: SessionFilter,
        description: `Which sessions are counted; its state does not narrow them. ${filterDefault}`,
      }),
      readerId: t.arg.string({ description: readerArg }),
    },
    resolve: (_root, { filter, readerId }, { store, viewer }) =>
      countInbox(store, takeSessionFilter(filter), resolveReader({ store, viewer }, readerId, "readerId")),
  }),
}));
