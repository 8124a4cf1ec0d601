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
import { Run } from "./run/run.js";

/** The descriptions of the fields that the record has in its input too. */
const words = {
  payloadHash: "A hash of what was started, as the program that saved the record calculated it.",
  attemptId: "The id of the attempt at the work, in the saving program's own words.",
  runnerId: "The name of the runner that was started. It is not the id of a registered Runner.",
  namespace: "The namespace that the job runs in.",
  jobName: "The name of the job in its namespace.",
  managerUrl: "The address of the job's manager. A password in it is redacted.",
  image: "The container image that the job runs.",
  sourceCommit: "The commit that the image was built from.",
} as const;

const serviceAccountName = "The service account that the job runs as; null if none was named.";

export const RunnerJob = builder.objectRef<RunnerJobRow>("RunnerJob").implement({
  description:
    "The record of a runner that was started elsewhere for a run, as a Kubernetes job for example.",
  interfaces: [Node],
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run that the job was started for.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description: "The command that the job was started for; null if none was named.",
      resolve: ({ commandId }, _args, context) => loadCommand(context, commandId),
    }),
    idempotencyKey: t.exposeString("idempotencyKey", {
      nullable: true,
      description:
        "The idempotency key that the record was saved with, unique within its run; null if there was none.",
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
    result: t.expose("result", {
      type: "JSON",
      description: "What came of starting the job: any JSON value, with secrets redacted.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the record was saved." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When the record last changed." }),
  }),
});

const RunnerJobConnection = connectionOf("RunnerJob", RunnerJob, "records of runners");

const SaveRunnerJobInput = builder.inputType("SaveRunnerJobInput", {
  description:
    "The record of a runner that was started elsewhere for a run. Each text has 1 to 200 characters.",
  fields: (t) => ({
    runId: t.id({
      required: true,
      description: "The id of the run that the job was started for. The run may have ended.",
    }),
    commandId: t.id({
      description: "The id of the command of this run that the job was started for. Default: none.",
    }),
    idempotencyKey: t.string({
      description:
        "A key that makes it safe to send the call again. If the run has a record with this key and the same payloadHash, that record is given and nothing is saved; IDEMPOTENCY_KEY_REUSED if the hash differs. Default: no key, and each call saves a record.",
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
      description:
        "What came of starting the job: any JSON value. Secrets in it are redacted before it is stored.",
    }),
  }),
});

const SaveRunnerJobPayload = builder
  .objectRef<{ job: RunnerJobRow; replayed: boolean }>("SaveRunnerJobPayload")
  .implement({
    description: "The result of saveRunnerJob.",
    fields: (t) => ({
      job: t.expose("job", { type: RunnerJob, description: "The record as it is now." }),
      replayed: t.exposeBoolean("replayed", {
        description:
          "True if the record had been saved by an earlier call with the same idempotencyKey, and this call saved nothing.",
      }),
    }),
  });

builder.mutationFields((t) => ({
  saveRunnerJob: t.field({
    type: SaveRunnerJobPayload,
    description:
      "Saves the record of a runner that was started elsewhere for a run. The run may have ended, and its events stay as they are. Needs the scope runner. NOT_FOUND if there is no such run, or if the command is not one of the run.",
    args: { input: t.arg({ type: SaveRunnerJobInput, required: true, description: "The record to save." }) },
    resolve: (_root, { input }, context) => saveRunnerJob(context, input),
  }),
}));

builder.objectFields(Run, (t) => ({
  jobs: t.field({
    type: RunnerJobConnection,
    description:
      "The records of runners that were started elsewhere for the run, ordered by createdAt, then id, oldest first.",
    args: {
      commandId: t.arg.id({
        description: "Gives only records of the command with this id. Default: all records of the run.",
      }),
      ...forwardArgs(t.arg),
    },
    complexity: pageComplexity,
    resolve: ({ id }, { commandId, ...page }, context) => {
      const command = typeof commandId === "string" ? checkId("command", commandId, "commandId") : null;
      return openPage<RunnerJobRow>(context, jobListing(command), page, { parent: id });
    },
  }),
}));
