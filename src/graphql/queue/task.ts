import { resolveReader } from "../../actions/inbox/reader.js";
import { checkId } from "../../domain/ids.js";
import { checkOptionalName } from "../../domain/text.js";
import { type TaskFilter, followedTasks, taskListing } from "../../store/queue/task.js";
import type { QueueTaskRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { QueueTaskState } from "../enums/queue.js";
import { readerArg } from "../inbox/session-list.js";
import { Node } from "../node.js";
import { connectionOf, momentOf, pageArgs, pageComplexity } from "../reading/connection.js";
import { loadReadVersion, loadSession, loadTask } from "../reading/loads.js";
import { feedCursorAt } from "../following/list-feed.js";
import { openPage } from "../reading/page.js";
import { Session } from "../session.js";

export const QueueTask = builder.objectRef<QueueTaskRow>("QueueTask").implement({
  description: "A piece of work that waits in a queue until a runner claims it.",
  interfaces: [Node],
  fields: (t) => ({
    tenantId: t.exposeString("tenantId", { description: "The tenant that the task belongs to." }),
    projectId: t.exposeString("projectId", { description: "The project that the task belongs to." }),
    queue: t.exposeString("queue", { description: "The queue that the task waits in." }),
    lane: t.exposeString("lane", {
      description: "The lane of the queue that the task waits in. Runners may claim out of some lanes only.",
    }),
    title: t.exposeString("title", {
      nullable: true,
      description: "What people call the task, with secrets redacted; null if it was given no title.",
    }),
    priority: t.exposeInt("priority", {
      description: "How urgent the task is: tasks with a higher priority run first.",
    }),
    backendProfile: t.exposeString("backendProfile", {
      nullable: true,
      description:
        "The backend profile that the work needs; null if none was named. It is only kept: any runner may claim the task.",
    }),
    state: t.expose("state", { type: QueueTaskState, description: "How far the task has come." }),
    version: t.expose("version", {
      type: "SafeInt",
      description:
        "A number that rises with each change of the task. Versions are comparable between the tasks of a tenant: a higher one is newer.",
    }),
    payload: t.expose("payload", {
      type: "JSON",
      description: "What is to be done: a JSON object, with secrets redacted.",
    }),
    payloadHash: t.exposeString("payloadHash", {
      description:
        "The HMAC-SHA-256, in hex, of what the task was created with: everything but tenantId and idempotencyKey, with defaults filled in, as JSON with sorted keys. The key is one that the service keeps for itself.",
    }),
    idempotencyKey: t.exposeString("idempotencyKey", {
      nullable: true,
      description:
        "The idempotency key that the task was created with, unique within its project; null if there was none.",
    }),
    maxAttempts: t.exposeInt("maxAttempts", {
      description:
        "How many attempts at the task may run out of their lease: with the last of them the task fails.",
    }),
    expiredAttempts: t.exposeInt("expiredAttempts", {
      description: "How many attempts at the task have run out of their lease.",
    }),
    availableAt: t.expose("availableAt", {
      type: "DateTime",
      description:
        "The task is not handed out before this instant. When the lease of an attempt runs out, it is set to 1 second from then; with each further one the seconds double, up to 300.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the task was created." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When the task last changed." }),
    cancelledAt: t.expose("cancelledAt", {
      type: "DateTime",
      nullable: true,
      description: "When the task was cancelled; null if it was not.",
    }),
    cancelReason: t.exposeString("cancelReason", {
      nullable: true,
      description:
        "Why the task was cancelled, with secrets redacted; null if it was not, or if nothing was said.",
    }),
  }),
});

// What is looked up beside its row.
builder.objectFields(QueueTask, (t) => ({
  sessionPath: t.string({
    nullable: true,
    description: "The full name of the task's session, tenantId/projectId/sessionId; null if it has none.",
    resolve: async ({ sessionId }, _args, context) => {
      const session = await loadSession(context, sessionId);
      return session && `${session.tenantId}/${session.projectId}/${session.name}`;
    },
  }),
  session: t.field({
    type: Session,
    nullable: true,
    description:
      "The session that an attempt at the task works in, as a runner named it last; null until then.",
    resolve: ({ sessionId }, _args, context) => loadSession(context, sessionId),
  }),
  unread: t.boolean({
    description:
      "True if the reader has not read the task's newest version. It is always true if there is no reader: if the caller's token names none and readerId is not given.",
    args: { readerId: t.arg.string({ description: readerArg }) },
    resolve: async ({ id, version }, args, context) => {
      const readerId = resolveReader(context, args.readerId, "readerId");
      if (readerId === null) return true;
      return ((await loadReadVersion(context, id, readerId)) ?? -1) < version;
    },
  }),
}));

const QueueTaskConnection = connectionOf("QueueTask", QueueTask, "queue tasks", "queueTasks");

export const QueueTaskFilter = builder.inputType("QueueTaskFilter", {
  description:
    "Which queue tasks a list holds. A task must meet every condition that is given; one that is left out or null does not narrow the list.",
  fields: (t) => ({
    queue: t.string({ description: "Only tasks of this queue." }),
    lane: t.string({ description: "Only tasks of this lane, in any queue unless queue is given too." }),
    projectId: t.string({ description: "Only tasks of this project." }),
    states: t.field({ type: [QueueTaskState], description: "Only tasks in one of these states." }),
    updatedAfterVersion: t.field({
      type: "SafeInt",
      description: "Only tasks whose version is higher than this: those that have changed since.",
    }),
  }),
});

/** Checks a filter, and gives filters that mean the same the same form, so that they have the same cursors. */
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
    description:
      "The queue task with this id; null if the tenant has none. One that has left every list, since it ended long ago, is given until it is removed.",
    args: { id: t.arg.id({ required: true, description: "The task's id (qt_...)." }) },
    resolve: (_root, { id }, context) => loadTask(context, checkId("task", id, "id")),
  }),
  queueTasks: t.field({
    type: QueueTaskConnection,
    description:
      "The queue tasks of the tenant in running order: the highest priority first, then ordered by createdAt, oldest first, then by id.",
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({
        type: QueueTaskFilter,
        description: "Which tasks the list holds. Default: all tasks.",
      }),
    },
    complexity: pageComplexity,
    resolve: (_root, { filter, ...page }, context, info) => {
      const taken = takeTaskFilter(filter);
      return openPage<QueueTaskRow>(context, taskListing(taken), page, {
        moment: momentOf(info),
        feedCursorAt: (version) => feedCursorAt(context.store, "queueTasks", followedTasks(taken), version),
      });
    },
  }),
}));
