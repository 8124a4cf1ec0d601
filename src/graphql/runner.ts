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
  description: "A program that claims runs and works on them.",
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString("name", { nullable: true, description: "What people call it." }),
    backendProfiles: t.exposeStringList("backendProfiles", {
      description: "The backend profiles that it can serve.",
    }),
    attributes: t.expose("attributes", {
      type: "JSON",
      description: "Facts about it, with secrets redacted.",
    }),
    registeredAt: t.expose("registeredAt", {
      type: "DateTime",
      description: "When it was first registered.",
    }),
    heartbeatAt: t.expose("heartbeatAt", { type: "DateTime", description: "When it was last heard from." }),
    online: t.exposeBoolean("online", {
      description:
        "True where it was heard from within the last lease that it asked for (60 s before the first).",
    }),
  }),
});

const RunnerConnection = connectionOf("Runner", Runner, "runners");

builder.queryFields((t) => ({
  runner: t.field({
    type: Runner,
    nullable: true,
    description: "One runner; null where the tenant has none such.",
    args: { id: t.arg.id({ required: true, description: "Its id (rnr_...)." }) },
    resolve: (_root, { id }, context) => loadRunner(context, checkId("runner", id, "id")),
  }),
  runners: t.field({
    type: RunnerConnection,
    description: "The tenant's runners by registeredAt, then id; those that registered first first.",
    args: {
      ...forwardArgs(t.arg),
      online: t.arg.boolean({ description: "Only those that are online, or that are not. Default: all." }),
    },
    complexity: pageComplexity,
    resolve: (_root, { online, ...page }, context) =>
      openPage<RunnerRow>(context, runnerListing(online ?? null), page),
  }),
}));

const RegisterRunnerInput = builder.inputType("RegisterRunnerInput", {
  description: "A runner. Of one that is registered already, what is left out stays as it is.",
  fields: (t) => ({
    id: t.id({
      description: 'Its id: "rnr_" and 1 to 64 letters, digits, "_" or "-". Left out: a new one is made.',
    }),
    name: t.string({ description: "What people call it, 1 to 200 characters." }),
    backendProfiles: t.stringList({ description: "The backend profiles that it can serve. Default: none." }),
    attributes: t.field({ type: "JSON", description: "Facts about it: a JSON object. Default: empty." }),
  }),
});

const RegisterRunnerPayload = builder.objectRef<{ runner: RunnerRow }>("RegisterRunnerPayload").implement({
  description: "What registerRunner did.",
  fields: (t) => ({ runner: t.expose("runner", { type: Runner, description: "The runner as it stands." }) }),
});

builder.mutationFields((t) => ({
  registerRunner: t.field({
    type: RegisterRunnerPayload,
    description: "Registers a runner, or changes the one that has this id. Needs the scope runner.",
    args: { input: t.arg({ type: RegisterRunnerInput, required: true, description: "The runner." }) },
    resolve: async (_root, { input }, context) => ({ runner: await registerRunner(context, input) }),
  }),
}));
