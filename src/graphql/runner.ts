import { registerRunner } from "../actions/register-runner.js";
import { checkId } from "../domain/ids.js";
import type { RunnerRow } from "../store/row.js";
import { runnerListing } from "../store/runner.js";
import { builder } from "./builder.js";
import { Node } from "./node.js";
import { connectionOf, forwardArgs, pageComplexity } from "./reading/connection.js";
import { loadRunner } from "./reading/loads.js";
import { openPage } from "./reading/page.js";

export const Runner = builder.objectRef<RunnerRow>("Runner").implement({
  description: "A program that claims runs and queue tasks and works on them.",
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString("name", {
      nullable: true,
      description: "What people call the runner; null if it was given no name.",
    }),
    backendProfiles: t.exposeStringList("backendProfiles", {
      description: "The backend profiles that the runner can serve.",
    }),
    attributes: t.expose("attributes", {
      type: "JSON",
      description: "Facts about the runner: a JSON object, with secrets redacted.",
    }),
    registeredAt: t.expose("registeredAt", {
      type: "DateTime",
      description: "When the runner was first registered.",
    }),
    heartbeatAt: t.expose("heartbeatAt", {
      type: "DateTime",
      description: "When the runner last registered, claimed, or sent a heartbeat.",
    }),
    online: t.exposeBoolean("online", {
      description:
        "True if the runner was heard from within the length of the last lease that it asked for, or within 60 seconds if it has asked for none.",
    }),
  }),
});

/** What a claim says of the runner that it names. */
export const actingRunner =
  "A registered runner of the caller's own. One that belongs to nobody yet becomes the caller's. FORBIDDEN for another caller's, unless the caller is an operator.";

const RunnerConnection = connectionOf("Runner", Runner, "runners");

builder.queryFields((t) => ({
  runner: t.field({
    type: Runner,
    nullable: true,
    description: "The runner with this id; null if the tenant has none.",
    args: { id: t.arg.id({ required: true, description: "The runner's id (rnr_...)." }) },
    resolve: (_root, { id }, context) => loadRunner(context, checkId("runner", id, "id")),
  }),
  runners: t.field({
    type: RunnerConnection,
    description: "The runners of the tenant, ordered by registeredAt, then id, oldest first.",
    args: {
      ...forwardArgs(t.arg),
      online: t.arg.boolean({
        description:
          "true gives only runners that are online, false only those that are not. Default: all runners.",
      }),
    },
    complexity: pageComplexity,
    resolve: (_root, { online, ...page }, context) =>
      openPage<RunnerRow>(context, runnerListing(online ?? null), page),
  }),
}));

const RegisterRunnerInput = builder.inputType("RegisterRunnerInput", {
  description:
    "A runner to register. If it is registered already, the fields that are left out keep their values.",
  fields: (t) => ({
    id: t.id({
      description:
        'The runner\'s id: "rnr_" and 1 to 64 letters, digits, "_" or "-". Default: the service makes a new one.',
    }),
    name: t.string({
      description: "What people call the runner, 1 to 200 characters. Default for a new runner: none.",
    }),
    backendProfiles: t.stringList({
      description:
        "The backend profiles that the runner can serve, each 1 to 200 characters. Default for a new runner: none.",
    }),
    attributes: t.field({
      type: "JSON",
      description: "Facts about the runner: a JSON object. Default for a new runner: an empty object.",
    }),
  }),
});

const RegisterRunnerPayload = builder.objectRef<{ runner: RunnerRow }>("RegisterRunnerPayload").implement({
  description: "The result of registerRunner.",
  fields: (t) => ({ runner: t.expose("runner", { type: Runner, description: "The runner as it is now." }) }),
});

builder.mutationFields((t) => ({
  registerRunner: t.field({
    type: RegisterRunnerPayload,
    description:
      "Registers a runner, or changes the one that has this id. Either way the runner counts as heard from now. It belongs to the caller: the token's sub, or the API key. FORBIDDEN for another caller's, unless the caller is an operator. Without auth runners belong to nobody. Needs the scope runner.",
    args: {
      input: t.arg({
        type: RegisterRunnerInput,
        required: true,
        description: "The runner to register or change.",
      }),
    },
    resolve: async (_root, { input }, context) => ({ runner: await registerRunner(context, input) }),
  }),
}));
