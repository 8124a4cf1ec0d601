import { saveRunnerJob } from "../actions/save-runner-job.js";
import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { RunnerJobRow } from "../store/row.js";
import { jobListing } from "../store/runner-job.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import { Node } from "./node.js";
import { connectionOf, forwardArgs, pageComplexity } from "./reading/connection.js";
import { loadCommand, loadRun } from "./reading/loads.js";
import { openPage } from "./reading/page.js";
import { Run } from "./run.js";

/** What a record says of the runner, in the words of whoever started it. */
const words = {
  payloadHash: "The hash of what was started, as whoever saved it calculated it.",
  attemptId: "Which attempt at the work it is.",
  runnerId: "Which runner was started; a name, not the id of a registered one.",
  namespace: "The namespace that it runs in.",
  jobName: "What the job is called there.",
  managerUrl: "Where its manager is reached, with a password in it redacted.",
  image: "The image that it runs.",
  sourceCommit: "The commit that the image was built from.",
} as const;

const serviceAccountName = "The service account that it runs as, where that was said.";

export const RunnerJob = builder.objectRef<RunnerJobRow>("RunnerJob").implement({
  description: "The record of a runner that was started elsewhere for a run, a Kubernetes job for example.",
  interfaces: [Node],
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run that it was started for.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description: "The command that it was started for; null where none was named.",
      resolve: ({ commandId }, _args, context) => loadCommand(context, commandId),
    }),
    idempotencyKey: t.exposeString("idempotencyKey", {
      nullable: true,
      description: "The key that it was saved with, unique within its run.",
    }),
    payloadHash: t.exposeString("payloadHash", { description: words.payloadHash }),
    attemptId: t.exposeString("attemptId", { description: words.attemptId }),
    runnerId: t.exposeString("runnerId", { description: words.runnerId }),
    namespace: t.exposeString("namespace", { description: words.namespace }),
    jobName: t.exposeString("jobName", { description: words.jobName }),
    managerUrl: t.exposeString("managerUrl", { description: words.managerUrl }),
    image: t.exposeString("image", { description: words.image }),
    sourceCommit: t.exposeString("sourceCommit", { description: words.sourceCommit }),
    serviceAccountName: t.exposeString("serviceAccountName", {
      nullable: true,
      description: serviceAccountName,
    }),
    result: t.expose("result", { type: "JSON", description: "What came of it, with secrets redacted." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was saved." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When it last changed." }),
  }),
});

const RunnerJobConnection = connectionOf("RunnerJob", RunnerJob, "records of runners");

const SaveRunnerJobInput = builder.inputType("SaveRunnerJobInput", {
  description: "A runner that was started elsewhere for a run. Each text is 1 to 200 characters long.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run that it was started for; it may have ended." }),
    commandId: t.id({ description: "The command of that run that it was started for. Default: none." }),
    idempotencyKey: t.string({
      description:
        "The same key and payloadHash in this run gives the first record again. Default: no check.",
    }),
    payloadHash: t.string({ required: true, description: words.payloadHash }),
    attemptId: t.string({ required: true, description: words.attemptId }),
    runnerId: t.string({ required: true, description: words.runnerId }),
    namespace: t.string({ required: true, description: words.namespace }),
    jobName: t.string({ required: true, description: words.jobName }),
    managerUrl: t.string({ required: true, description: words.managerUrl }),
    image: t.string({ required: true, description: words.image }),
    sourceCommit: t.string({ required: true, description: words.sourceCommit }),
    serviceAccountName: t.string({ description: serviceAccountName }),
    result: t.field({
      type: "JSON",
      required: true,
      description: "What came of it: any JSON value; secrets in it are redacted.",
    }),
  }),
});

const SaveRunnerJobPayload = builder
  .objectRef<{ job: RunnerJobRow; replayed: boolean }>("SaveRunnerJobPayload")
  .implement({
    description: "What saveRunnerJob did.",
    fields: (t) => ({
      job: t.expose("job", { type: RunnerJob, description: "The record as it stands." }),
      replayed: t.exposeBoolean("replayed", {
        description: "True where the key was used before and nothing was saved.",
      }),
    }),
  });

builder.mutationFields((t) => ({
  saveRunnerJob: t.field({
    type: SaveRunnerJobPayload,
    description:
      "Keeps the record of a runner that was started elsewhere for a run, also for one that has ended. Needs the scope runner. NOT_FOUND for a missing run, and for a command that is not the run's.",
    args: { input: t.arg({ type: SaveRunnerJobInput, required: true, description: "The record." }) },
    resolve: (_root, { input }, context) => saveRunnerJob(context, input),
  }),
}));

builder.objectFields(Run, (t) => ({
  jobs: t.field({
    type: RunnerJobConnection,
    description: "The records of runners that were started elsewhere for the run, oldest first.",
    args: {
      commandId: t.arg.id({ description: "Only those of this command. Default: all." }),
      ...forwardArgs(t.arg),
    },
    complexity: pageComplexity,
    resolve: ({ id }, { commandId, ...page }, context) => {
      const command = typeof commandId === "string" ? checkId("command", commandId, "commandId") : null;
      return openPage<RunnerJobRow>(context, jobListing(command), page, { parent: id });
    },
  }),
}));
