import { cancelSession } from "../actions/cancel-session.js";
import { notFound } from "../domain/errors.js";
import { maxMessageLength } from "../domain/text.js";
import { usageOfRow } from "../domain/usage.js";
import type { SessionRow } from "../store/row.js";
import { sessionColumns, sessionSource } from "../store/session.js";
import { type Tree, childListing, findTreeUsages, findTrees, treeOfRoot } from "../store/session-tree.js";
import { builder } from "./builder.js";
import { readsOne } from "./compiled/reads.js";
import type { GraphContext } from "./context.js";
import { AttentionReason } from "./enums/attention.js";
import { attentionCursorAt } from "./inbox/attention-place.js";
import { momentOf, pageArgs, pageComplexity } from "./reading/connection.js";
import { loadSession } from "./reading/loads.js";
import { openPage } from "./reading/page.js";
import { Session, SessionConnection, SessionRef } from "./session.js";
import { Usage } from "./usage.js";

const SessionTree = builder.objectRef<Tree>("SessionTree").implement({
  description: "A session and all below it, at any depth. Sessions that have expired do not count.",
  fields: (t) => ({
    total: t.exposeInt("total", {
      description: "How many sessions they are, the session itself among them.",
    }),
    active: t.exposeInt("active", { description: "How many of them are RUNNING." }),
    openInputRequests: t.exposeInt("openRequests", {
      description: "How many of their input requests are open.",
    }),
    reason: t.expose("reason", {
      type: AttentionReason,
      description:
        "The strongest reason in the tree: NEEDS_APPROVAL, then NEEDS_INPUT, STALE and WORKING, and otherwise the session's own.",
    }),
    since: t.expose("since", {
      type: "DateTime",
      description: "When that reason began to hold; where several sessions have it, the earliest.",
    }),
    usage: t.field({
      type: Usage,
      description: "What all of them have used, those that have expired and are not removed yet among them.",
      resolve: async ({ sessionId }, _args, { batches, store }) =>
        usageOfRow(
          (await batches.load("tree usage", sessionId, (ids) => findTreeUsages(store, ids))) ?? null,
        ),
    }),
    cause: t.field({
      type: Session,
      description: "The session whose reason it is.",
      resolve: ({ causeId }, _args, context) => requireRow(context, causeId),
    }),
  }),
});

async function requireRow(context: GraphContext, id: string): Promise<SessionRow> {
  const row = await loadSession(context, id);
  if (!row) throw notFound("session", id);
  return row;
}

async function loadTree({ batches, store }: GraphContext, session: SessionRow): Promise<Tree> {
  if (session.rootId === null) return treeOfRoot(session, session.executionState === "RUNNING");
  const tree = await batches.load(
    "tree",
    session.id,
    async (ids) => new Map((await findTrees(store, ids)).map((each) => [each.sessionId, each])),
  );
  if (!tree) throw notFound("session", session.id);
  return tree;
}

const children = childListing(sessionColumns);

builder.objectFields(Session, (t) => ({
  parent: t.field({
    type: Session,
    nullable: true,
    description:
      "The session that this one works for, such as that of the agent which began it as a sub-agent; null for a root. It never changes.",
    resolve: ({ parentId }, _args, context) => loadSession(context, parentId),
    extensions: readsOne("parentId", sessionSource),
  }),
  root: t.field({
    type: Session,
    description:
      "The session at the top of its tree: itself where it has no parent. Lists of sessions hold roots alone by default. It never changes.",
    resolve: (session, _args, context) =>
      session.rootId === null ? session : requireRow(context, session.rootId),
    extensions: readsOne(["rootId", "id"], sessionSource),
  }),
  parentToolCallId: t.exposeString("parentToolCallId", {
    nullable: true,
    description: "The tool call of the parent by which the session began; null if none was named.",
  }),
  children: t.field({
    type: SessionConnection,
    description:
      "The sessions directly below it, oldest first. One that has expired is not listed. Its feedCursor is for sessionAttentionChanged with the filter { state: ALL, under: this session } and the caller's own reader.",
    args: pageArgs(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, page, context, info) => {
      const readerId = context.viewer.readerId;
      const inbox = {
        filter: { state: "ALL", projectId: null, backendProfile: null, under: id },
        readerId,
      } as const;
      return openPage<SessionRow>(context, children, page, {
        parent: id,
        moment: momentOf(info),
        feedCursorAt: (version) => attentionCursorAt(context.store, inbox, version),
      });
    },
  }),
  tree: t.field({
    type: SessionTree,
    description: "The session and all below it, as they stand together.",
    resolve: (session, _args, context) => loadTree(context, session),
  }),
}));

const CancelSessionInput = builder.inputType("CancelSessionInput", {
  description: "The session whose work is cancelled.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: "The session." }),
    reason: t.string({
      description: `Why, in words: at most ${maxMessageLength} characters, with secrets redacted. Default: "cancel requested".`,
    }),
    tree: t.boolean({
      defaultValue: true,
      description: "True to cancel the work of everything below the session too.",
    }),
  }),
});

const CancelSessionPayload = builder
  .objectRef<{ sessionId: string; cancelledRuns: number }>("CancelSessionPayload")
  .implement({
    description: "The result of cancelSession.",
    fields: (t) => ({
      session: t.field({
        type: Session,
        description: "The session as it is now.",
        resolve: ({ sessionId }, _args, context) => requireRow(context, sessionId),
      }),
      cancelledRuns: t.exposeInt("cancelledRuns", { description: "How many runs were cancelled." }),
    }),
  });

builder.mutationFields((t) => ({
  cancelSession: t.field({
    type: CancelSessionPayload,
    description:
      "Cancels every run of a session that has not ended, and those of all sessions below it, from above down, each as cancelRun does; runs that begin below meanwhile are cancelled too. What their runs ask is withdrawn, also what ended (BLOCKED) runs ask. Each session is done for itself: if the call breaks off, what is done stays done, and the call may be repeated. Needs the scope reader or runner. NOT_FOUND if there is no such session.",
    args: {
      input: t.arg({ type: CancelSessionInput, required: true, description: "The session, and why." }),
    },
    resolve: (_root, { input }, context) =>
      cancelSession(context, { ...input, reason: input.reason ?? null, tree: input.tree ?? true }),
  }),
}));
