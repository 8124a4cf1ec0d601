import { notFound } from "../../domain/errors.js";
import { attemptListing } from "../../store/queue/attempt.js";
import type { QueueAttemptRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { Command } from "../command.js";
import { FailureKind } from "../enums/failure.js";
import { QueueTaskState } from "../enums/queue.js";
import { Node } from "../node.js";
import { connectionOf, forwardArgs, pageComplexity } from "../reading/connection.js";
import { loadAttempt, loadCommand, loadRun, loadRunner, loadSession, loadTask } from "../reading/loads.js";
import { openPage } from "../reading/page.js";
import { Run } from "../run/run.js";
import { Runner } from "../runner.js";
import { Session } from "../session.js";
import { QueueTask } from "./task.js";

export const QueueAttempt = builder.objectRef<QueueAttemptRow>("QueueAttempt").implement({
  description: "One try at the work of a queue task.",
  interfaces: [Node],
  fields: (t) => ({
    task: t.field({
      type: QueueTask,
      description: "The task that it is an attempt at.",
      resolve: async ({ taskId }, _args, context) => {
        const task = await loadTask(context, taskId);
        if (!task) throw notFound("task", taskId);
        return task;
      },
    }),
    number: t.exposeInt("number", {
      description: "The attempt's number in its task. Numbers begin at 1 and have no gaps.",
    }),
    state: t.expose("state", {
      type: QueueTaskState,
      description: "How far the attempt has come: RUNNING, and then how it ended.",
    }),
    runner: t.field({
      type: Runner,
      nullable: true,
      description: "The runner that claimed the task; null if the attempt began without a claim.",
      resolve: ({ runnerId }, _args, context) => loadRunner(context, runnerId),
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: "The run that the attempt works in; null if its runner has named none.",
      resolve: ({ runId }, _args, context) => loadRun(context, runId),
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description: "The command that the attempt works on; null if its runner has named none.",
      resolve: ({ commandId }, _args, context) => loadCommand(context, commandId),
    }),
    session: t.field({
      type: Session,
      nullable: true,
      description:
        "The session that the attempt works in: the one that its runner has named, or its run's. Null if there is neither.",
      resolve: ({ sessionId }, _args, context) => loadSession(context, sessionId),
    }),
    leaseExpiresAt: t.expose("leaseExpiresAt", {
      type: "DateTime",
      nullable: true,
      description:
        "When the attempt's lease expires, unless a heartbeat comes before; null if the attempt began without a claim.",
    }),
    failureKind: t.expose("failureKind", {
      type: FailureKind,
      nullable: true,
      description: "Why the attempt did not end well; null if it did, or if the reason is not known.",
    }),
    failureMessage: t.exposeString("failureMessage", {
      nullable: true,
      description:
        "Why the attempt did not end well, in words and with secrets redacted; null if nothing was said.",
    }),
    startedAt: t.expose("startedAt", { type: "DateTime", description: "When the attempt began." }),
    finishedAt: t.expose("finishedAt", {
      type: "DateTime",
      nullable: true,
      description: "When the attempt ended; null until then.",
    }),
  }),
});

const QueueAttemptConnection = connectionOf("QueueAttempt", QueueAttempt, "attempts");

builder.objectFields(QueueTask, (t) => ({
  latestAttempt: t.field({
    type: QueueAttempt,
    nullable: true,
    description: "The task's newest attempt; null before the first.",
    resolve: ({ latestAttemptId }, _args, context) => loadAttempt(context, latestAttemptId),
  }),
  attempts: t.field({
    type: QueueAttemptConnection,
    description: "The attempts at the task, ordered by number, the first one first.",
    args: forwardArgs(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, page, context) =>
      openPage<QueueAttemptRow>(context, attemptListing, page, { parent: id }),
  }),
}));
