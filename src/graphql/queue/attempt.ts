import { notFound } from "../../domain/errors.js";
import { attemptListing } from "../../store/queue/attempt.js";
import type { QueueAttemptRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { Command } from "../command.js";
import { FailureKind, QueueTaskState } from "../enums.js";
import { Node } from "../node.js";
import { connectionOf, forwardArgs, pageComplexity } from "../reading/connection.js";
import { loadAttempt, loadCommand, loadRun, loadRunner, loadSession, loadTask } from "../reading/loads.js";
import { openPage } from "../reading/page.js";
import { Run } from "../run.js";
import { Runner } from "../runner.js";
import { Session } from "../session.js";
import { QueueTask } from "./task.js";

export const QueueAttempt = builder.objectRef<QueueAttemptRow>("QueueAttempt").implement({
  description: "One try at a queue task.",
  interfaces: [Node],
  fields: (t) => ({
    task: t.field({
      type: QueueTask,
      description: "The task.",
      resolve: async ({ taskId }, _args, context) => {
        const task = await loadTask(context, taskId);
        if (!task) throw notFound("task", taskId);
        return task;
      },
    }),
    number: t.exposeInt("number", { description: "From 1, without gaps, in each task." }),
    state: t.expose("state", {
      type: QueueTaskState,
      description: "Where it stands: RUNNING, then how it ended.",
    }),
    runner: t.field({
      type: Runner,
      nullable: true,
      description: "Who claimed the task; null for an attempt that began without a claim.",
      resolve: ({ runnerId }, _args, context) => loadRunner(context, runnerId),
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: "The run that it works in, where its runner said so.",
      resolve: ({ runId }, _args, context) => loadRun(context, runId),
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description: "The command that it works on, where its runner said so.",
      resolve: ({ commandId }, _args, context) => loadCommand(context, commandId),
    }),
    session: t.field({
      type: Session,
      nullable: true,
      description: "The session that it works in, where its runner said so or its run has one.",
      resolve: ({ sessionId }, _args, context) => loadSession(context, sessionId),
    }),
    leaseExpiresAt: t.expose("leaseExpiresAt", {
      type: "DateTime",
      nullable: true,
      description:
        "When its lease ends unless a heartbeat comes before; null for an attempt that began without a claim.",
    }),
    failureKind: t.expose("failureKind", {
      type: FailureKind,
      nullable: true,
      description: "Why it did not end well, where that is known.",
    }),
    failureMessage: t.exposeString("failureMessage", {
      nullable: true,
      description: "The same in words, with secrets redacted.",
    }),
    startedAt: t.expose("startedAt", { type: "DateTime", description: "When it began." }),
    finishedAt: t.expose("finishedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it ended; null before.",
    }),
  }),
});

const QueueAttemptConnection = connectionOf("QueueAttempt", QueueAttempt, "attempts");

builder.objectFields(QueueTask, (t) => ({
  latestAttempt: t.field({
    type: QueueAttempt,
    nullable: true,
    description: "Its newest attempt; null before the first.",
    resolve: ({ latestAttemptId }, _args, context) => loadAttempt(context, latestAttemptId),
  }),
  attempts: t.field({
    type: QueueAttemptConnection,
    description: "The task's attempts by number, the first first.",
    args: forwardArgs(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, page, context) =>
      openPage<QueueAttemptRow>(context, attemptListing, page, { parent: id }),
  }),
}));
