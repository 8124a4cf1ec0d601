import { resolveReader } from "../../actions/inbox/reader.js";
import { notFound } from "../../domain/errors.js";
import { attentionOf } from "../../domain/inbox/attention.js";
import type { ListedSession } from "../../store/inbox/list.js";
import { attentionState, attentionVersion, markFields } from "../../store/inbox/standing.js";
import type { MarkRow, SessionRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { readsJoined, readsValue } from "../compiled/reads.js";
import { AttentionReason, AttentionState } from "../enums/attention.js";
import { loadMark } from "../reading/loads.js";
import { Session } from "../session.js";
import { attentionPath, joinAttention } from "./attention-join.js";
import { readerArg } from "./session-list.js";

type Attention = SessionRow & Omit<MarkRow, "sessionId">;

export const SessionAttention = builder.objectRef<Attention>("SessionAttention").implement({
  description: "How a session stands with one reader. What a reader marks never changes the session itself.",
  fields: (t) => ({
    id: t.id({
      description:
        "One for each session and reader, so that caches keep one copy, whichever operation gives it. `node` does not take it.",
      resolve: ({ id, readerId }) => `${id}${attentionPath(readerId)}`,
      extensions: readsValue("session.id || :attentionPath::text"),
    }),
    changeVersion: t.field({
      type: "SafeInt",
      description:
        "A number that rises at every change of the session and of this reader's marks of it, events and activity aside: of two states of a session the one with the higher number is the later. Send it as ifVersion.",
      resolve: ({ changeVersion, markVersion }) => Math.max(changeVersion, markVersion ?? 0),
      extensions: readsValue(attentionVersion),
    }),
    readerId: t.exposeString("readerId", {
      nullable: true,
      description:
        "The reader; null if the caller's token names none. Then every session that is not active counts as unread.",
    }),
    state: t.field({
      type: AttentionState,
      description: "Whether the session is active, unread or read.",
      resolve: (attention) => attentionOf(attention, attention),
      extensions: readsValue(attentionState),
    }),
    reason: t.expose("reason", {
      type: AttentionReason,
      description:
        "Why the session asks for attention, or why it does not; of a root, the strongest reason in its tree: see SessionTree.reason. It is the same for every reader.",
    }),
    since: t.expose("reasonSince", {
      type: "DateTime",
      description:
        "When the reason began to hold. If the agent asks for input, it is the time of the oldest request that is open.",
    }),
    active: t.exposeBoolean("active", {
      description: "True while the session is active: see Session.active.",
    }),
    unread: t.boolean({
      description:
        "True if the session is not active, and the reader has not read its newest version or has marked it unread.",
      resolve: (attention) => attentionOf(attention, attention) === "UNREAD",
      extensions: readsValue(`(${attentionState}) = 'UNREAD'`),
    }),
  }),
});

// What the reader has marked.
builder.objectFields(SessionAttention, (t) => ({
  readVersion: t.expose("readVersion", {
    type: "SafeInt",
    nullable: true,
    description:
      "Up to which version the reader has read the session; null if the reader has never read it. It never falls.",
  }),
  readAt: t.expose("readAt", {
    type: "DateTime",
    nullable: true,
    description:
      "When the reader last marked the session as read, with something new in it or after marking it unread, or together with more than 1,000 others; null if the reader has never read it.",
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
}));

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
    extensions: readsJoined(
      ({ readerId }: { readerId?: string | null }, context) =>
        joinAttention(resolveReader(context, readerId, "readerId")),
      markFields,
    ),
  }),
);
