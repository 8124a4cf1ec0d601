import { resolveReader } from "../../actions/inbox/reader.js";
import { checkId } from "../../domain/ids.js";
import { checkOptionalName } from "../../domain/text.js";
import { type TaskFilter, taskListing } from "../../store/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { QueueTaskState } from "../enums.js";
import { readerArg } from "../inbox/session-list.js";
import { Node } from "../node.js";
import { connectionOf, pageArgs, pageComplexity } from "../reading/connection.js";
import { loadReadVersion, loadSession, loadTask } from "../reading/loads.js";
import { openPage } from "../reading/page.js";
import { Session } from "../session.js";

export const QueueTask = builder.objectRef<QueueTaskRow>("QueueTask").implement({
  description: "A piece of work that waits in a queue until a runner takes it.",
  interfaces: [Node],
  fields: (t) => ({
    tenantId: t.exposeString("tenantId", { description: "The tenant that it belongs to." }),
    projectId: t.exposeString("projectId", { description: "The project that it belongs to." }),
    queue: t.exposeString("queue", { description: "The queue that it waits in." }),
    lane: t.exposeString("lane", {
      description: "The lane of the queue: runners may claim out of some only.",
    }),
    title: t.exposeString("title", {
      nullable: true,
      description: "What people call it, with secrets redacted.",
    }),
    priority: t.exposeInt("priority", { description: "Higher runs first." }),
    backendProfile: t.exposeString("backendProfile", {
      nullable: true,
      description: "The backend profile that its work needs; the queue does not look at it.",
    }),
    state: t.expose("state", { type: QueueTaskState, description: "Where it stands." }),
    version: t.expose("version", {
      type: "SafeInt",
      description: "Rises at every change; comparable between tasks of one tenant.",
    }),
    payload: t.expose("payload", { type: "JSON", description: "What is to be done, with secrets redacted." }),
    payloadHash: t.exposeString("payloadHash", {
      description: "SHA-256 in hex of all that its creator sent but the key, keys sorted.",
    }),
    idempotencyKey: t.exposeString("idempotencyKey", {
      nullable: true,
      description: "The key that it was created with, unique within its project.",
    }),
    sessionPath: t.string({
      nullable: true,
      description: "tenantId/projectId/sessionId of its session; null where it has none.",
      resolve: async ({ sessionId }, _args, context) => {
        const session = await loadSession(context, sessionId);
        return session && `${session.tenantId}/${session.projectId}/${session.name}`;
      },
    }),
    session: t.field({
      type: Session,
      nullable: true,
      description: "The session that an attempt last said that it works in; null before.",
      resolve: ({ sessionId }, _args, context) => loadSession(context, sessionId),
    }),
    maxAttempts: t.exposeInt("maxAttempts", {
      description: "After how many attempts whose lease ran out it fails.",
    }),
    expiredAttempts: t.exposeInt("expiredAttempts", {
      description: "The lease of how many of its attempts ran out.",
    }),
    availableAt: t.expose("availableAt", {
      type: "DateTime",
      description:
        "Not handed out before this time; after an attempt whose lease ran out later by 1 s, doubling to 300 s.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was created." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When it last changed." }),
    cancelledAt: t.expose("cancelledAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was cancelled; null where it was not.",
    }),
    cancelReason: t.exposeString("cancelReason", {
      nullable: true,
      description: "Why it was cancelled, with secrets redacted.",
    }),
    unread: t.boolean({
      description:
        "True where the reader has never read it, or at an older version; always true for a viewer without a reader.",
      args: { readerId: t.arg.string({ description: readerArg }) },
      resolve: async ({ id, version }, args, context) => {
        const readerId = resolveReader(context, args.readerId, "readerId");
        if (readerId === null) return true;
        return ((await loadReadVersion(context, id, readerId)) ?? -1) < version;
      },
    }),
  }),
});

const QueueTaskConnection = connectionOf("QueueTask", QueueTask, "queue tasks");

export const QueueTaskFilter = builder.inputType("QueueTaskFilter", {
  description: "Which queue tasks a list holds. What is left out does not narrow it.",
  fields: (t) => ({
    queue: t.string({ description: "Only those of this queue." }),
    lane: t.string({ description: "Only those of this lane, in any queue unless one is named." }),
    projectId: t.string({ description: "Only those of this project." }),
    states: t.field({ type: [QueueTaskState], description: "Only those in one of these states." }),
    updatedAfterVersion: t.field({
      type: "SafeInt",
      description: "Only those that changed after this version.",
    }),
  }),
});

/** The filter as it was sent, checked; the same wish always in the same words, so that it has the same cursors. */
export function takeTaskFilter(filter: typeof QueueTaskFilter.$inferInput | null | undefined): TaskFilter {
  const { queue, lane, projectId, states, updatedAfterVersion } = filter ?? {};
  return {
    queue: checkOptionalName(queue, "filter.queue"),
    lane: checkOptionalName(lane, "filter.lane"),
    projectId: checkOptionalName(projectId, "filter.projectId"),
    states: states ? [...new Set(states)].toSorted() : null,
    updatedAfterVersion: updatedAfterVersion ?? null,
  };
}

builder.queryFields((t) => ({
  queueTask: t.field({
    type: QueueTask,
    nullable: true,
    description: "One queue task; null where the tenant has none such.",
    args: { id: t.arg.id({ required: true, description: "Its id (qt_...)." }) },
    resolve: (_root, { id }, context) => loadTask(context, checkId("task", id, "id")),
  }),
  queueTasks: t.field({
    type: QueueTaskConnection,
    description:
      "The tenant's queue tasks in running order: the highest priority first, then by createdAt, oldest first, then by id.",
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({ type: QueueTaskFilter, description: "Which ones. Default: all." }),
    },
    complexity: pageComplexity,
    resolve: (_root, { filter, ...page }, context) =>
      openPage<QueueTaskRow>(context, taskListing(takeTaskFilter(filter)), page),
  }),
}));
