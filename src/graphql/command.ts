import { textOfCommand } from "../domain/command.js";
import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import type { PageArguments } from "../domain/page.js";
import { commandListing, commandSource, commandText } from "../store/command.js";
import type { CommandRow } from "../store/row.js";
import { runSource } from "../store/run.js";
import { builder } from "./builder.js";
import { readsOne, readsPage, readsSought, readsValue } from "./compiled/reads.js";
import { CommandState, CommandType } from "./enums/command.js";
import { FailureKind } from "./enums/failure.js";
import { TerminalStatus } from "./enums/run.js";
import { Node } from "./node.js";
import { connectionOf, pageArgs, pageComplexity } from "./reading/connection.js";
import { loadCommand, loadRun } from "./reading/loads.js";
import type { List } from "./reading/list.js";
import { openList } from "./reading/page.js";
import { Run } from "./run/run.js";
import { Session } from "./session.js";

export const Command = builder.objectRef<CommandRow>("Command").implement({
  description: "What a person or a program asks of a run: a turn, a steer or an interrupt.",
  interfaces: [Node],
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run that the command asks something of.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
      extensions: readsOne("runId", runSource),
    }),
    seq: t.exposeInt("seq", {
      description: "The command's number in its run. Numbers begin at 1 and have no gaps.",
    }),
    type: t.expose("type", { type: CommandType, description: "What the command asks." }),
    state: t.expose("state", { type: CommandState, description: "How far the command has come." }),
    payload: t.expose("payload", {
      type: "JSON",
      description:
        "What the runner needs to know, such as a turn's prompt: a JSON object, with secrets redacted.",
    }),
    payloadHash: t.exposeString("payloadHash", {
      description:
        "The HMAC-SHA-256 of the payload as it was sent, in hex: of its JSON with sorted keys, by a key that the service keeps for itself. The same payload has the same hash.",
    }),
    idempotencyKey: t.exposeString("idempotencyKey", {
      nullable: true,
      description:
        "The idempotency key that it was created with, unique within its run; null if there was none.",
    }),
    terminalStatus: t.expose("terminalStatus", {
      type: TerminalStatus,
      nullable: true,
      description: "How the command ended; null until then.",
    }),
    failureKind: t.expose("failureKind", {
      type: FailureKind,
      nullable: true,
      description: "Why it did not end well; null if it did, or if the reason is not known.",
    }),
    failureMessage: t.exposeString("failureMessage", {
      nullable: true,
      description: "Why it did not end well, in words and with secrets redacted; null if nothing was said.",
    }),
    text: t.string({
      nullable: true,
      description:
        "What the command says in words: `prompt` of its payload, or else `text`. Null if neither is text.",
      resolve: ({ payload }) => textOfCommand(payload),
      extensions: readsValue(commandText),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the command was created." }),
    updatedAt: t.expose("updatedAt", {
      type: "DateTime",
      description: "When the command's state last changed.",
    }),
    acknowledgedAt: t.expose("acknowledgedAt", {
      type: "DateTime",
      nullable: true,
      description: "When a runner took the command; null until then, and if it ended without being taken.",
    }),
  }),
});

export const CommandConnection = connectionOf("Command", Command, "commands");

builder.queryFields((t) => ({
  command: t.field({
    type: Command,
    nullable: true,
    description: "The command with this id; null if the tenant has none.",
    args: { id: t.arg.id({ required: true, description: "The command's id (cmd_...)." }) },
    resolve: (_root, { id }, context) => loadCommand(context, checkId("command", id, "id")),
    extensions: readsSought(({ id }: { id: string }) => ({
      type: "Command",
      source: commandSource,
      by: { id: checkId("command", id, "id") },
    })),
  }),
}));

function listCommands({
  states,
  ...page
}: PageArguments & { states?: readonly (typeof CommandState.$inferType)[] | null }): List {
  return { listing: commandListing(states ?? null), page, lasts: true };
}

builder.objectFields(Run, (t) => ({
  commands: t.field({
    type: CommandConnection,
    description: "The commands of the run, oldest first.",
    args: {
      ...pageArgs(t.arg),
      states: t.arg({
        type: [CommandState],
        description: "Gives only commands in one of these states. Default: commands in any state.",
      }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => openList<CommandRow>(context, listCommands(args), { parent: id }),
    extensions: readsPage(listCommands, commandSource, "id"),
  }),
}));

builder.objectFields(Session, (t) => ({
  lastCommand: t.field({
    type: Command,
    nullable: true,
    description: "The session's newest turn or steer; null before the first.",
    resolve: ({ lastCommandId }, _args, context) => loadCommand(context, lastCommandId),
    extensions: readsOne("lastCommandId", commandSource),
  }),
  activeCommand: t.field({
    type: Command,
    nullable: true,
    description:
      "While the session is RUNNING, its oldest turn that has not ended; null if there is none, or if the session is not RUNNING.",
    resolve: ({ activeCommandId }, _args, context) => loadCommand(context, activeCommandId),
    extensions: readsOne("activeCommandId", commandSource),
  }),
}));
