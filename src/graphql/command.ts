import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { commandListing } from "../store/command.js";
import type { CommandRow } from "../store/row.js";
import { builder } from "./builder.js";
import { CommandState, CommandType, FailureKind, TerminalStatus } from "./enums.js";
import { Node } from "./node.js";
import { connectionOf, pageArgs, pageComplexity } from "./reading/connection.js";
import { loadCommand, loadRun } from "./reading/loads.js";
import { openPage } from "./reading/page.js";
import { Run } from "./run.js";
import { Session } from "./session.js";

export const Command = builder.objectRef<CommandRow>("Command").implement({
  description: "What a person or program asks of a run.",
  interfaces: [Node],
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run that it asks.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
    }),
    seq: t.exposeInt("seq", { description: "From 1, without gaps, in each run." }),
    type: t.expose("type", { type: CommandType, description: "What it asks." }),
    state: t.expose("state", { type: CommandState, description: "Where it stands." }),
    payload: t.expose("payload", { type: "JSON", description: "What it carries, with secrets redacted." }),
    payloadHash: t.exposeString("payloadHash", {
      description: "SHA-256 in hex of the payload that was sent, keys sorted.",
    }),
    idempotencyKey: t.exposeString("idempotencyKey", {
      nullable: true,
      description: "The key that it was created with, unique within its run.",
    }),
    terminalStatus: t.expose("terminalStatus", {
      type: TerminalStatus,
      nullable: true,
      description: "How it ended; null before.",
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
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was created." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When its state last changed." }),
    acknowledgedAt: t.expose("acknowledgedAt", {
      type: "DateTime",
      nullable: true,
      description: "When a runner took it; null before.",
    }),
  }),
});

export const CommandConnection = connectionOf("Command", Command, "commands");

builder.queryFields((t) => ({
  command: t.field({
    type: Command,
    nullable: true,
    description: "One command; null where the tenant has none such.",
    args: { id: t.arg.id({ required: true, description: "Its id (cmd_...)." }) },
    resolve: (_root, { id }, context) => loadCommand(context, checkId("command", id, "id")),
  }),
}));

builder.objectFields(Run, (t) => ({
  commands: t.field({
    type: CommandConnection,
    description: "The run's commands, oldest first.",
    args: {
      ...pageArgs(t.arg),
      states: t.arg({
        type: [CommandState],
        description: "Only those in one of these states. Default: all.",
      }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, { states, ...page }, context) =>
      openPage<CommandRow>(context, commandListing(states ?? null), page, { parent: id }),
  }),
}));

builder.objectFields(Session, (t) => ({
  lastCommand: t.field({
    type: Command,
    nullable: true,
    description: "Its newest turn or steer; null before the first.",
    resolve: ({ lastCommandId }, _args, context) => loadCommand(context, lastCommandId),
  }),
  activeCommand: t.field({
    type: Command,
    nullable: true,
    description: "While RUNNING: the oldest turn that has not ended. Null otherwise.",
    resolve: ({ activeCommandId }, _args, context) => loadCommand(context, activeCommandId),
  }),
}));
