import { acknowledgeCommand, cancelCommand, finishCommand } from "../actions/command.js";
import { createCommand } from "../actions/create-command.js";
import type { CommandRow } from "../store/row.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import { CommandType } from "./enums.js";
import { TurnResultInput } from "./turn-result.js";

const CreateCommandInput = builder.inputType("CreateCommandInput", {
  description: "A new command.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run that it asks." }),
    type: t.field({ type: CommandType, required: true, description: "What it asks." }),
    payload: t.field({
      type: "JSON",
      required: true,
      description: "What it carries: a JSON object; a turn's prompt in it gives the session a title.",
    }),
    idempotencyKey: t.string({
      description:
        "The same key, type and payload in this run gives the first command again. Default: no check.",
    }),
  }),
});

const AcknowledgeCommandInput = builder.inputType("AcknowledgeCommandInput", {
  description: "Which command the runner has taken.",
  fields: (t) => ({
    commandId: t.id({ required: true, description: "The command." }),
    leaseToken: t.string({ description: "The token of the run's lease; needed while the run is claimed." }),
  }),
});

const FinishCommandInput = builder.inputType("FinishCommandInput", {
  description: "How a command ended.",
  fields: (t) => ({
    commandId: t.id({ required: true, description: "The command." }),
    result: t.field({ type: TurnResultInput, required: true, description: "How it ended." }),
    leaseToken: t.string({ description: "The token of the run's lease; needed while the run is claimed." }),
  }),
});

const CancelCommandInput = builder.inputType("CancelCommandInput", {
  description: "Which command to cancel, and why.",
  fields: (t) => ({
    commandId: t.id({ required: true, description: "The command." }),
    reason: t.string({ description: 'Why. Default: "cancel requested".' }),
  }),
});

const CreateCommandPayload = builder
  .objectRef<{ command: CommandRow; replayed: boolean }>("CreateCommandPayload")
  .implement({
    description: "What createCommand did.",
    fields: (t) => ({
      command: t.expose("command", { type: Command, description: "The command as it stands." }),
      replayed: t.exposeBoolean("replayed", {
        description: "True where the key was used before and nothing was created.",
      }),
    }),
  });

function payloadOf(name: string, mutation: string) {
  return builder.objectRef<{ command: CommandRow }>(name).implement({
    description: `What ${mutation} did.`,
    fields: (t) => ({
      command: t.expose("command", { type: Command, description: "The command as it stands." }),
    }),
  });
}

const AcknowledgeCommandPayload = payloadOf("AcknowledgeCommandPayload", "acknowledgeCommand");
const FinishCommandPayload = payloadOf("FinishCommandPayload", "finishCommand");
const CancelCommandPayload = payloadOf("CancelCommandPayload", "cancelCommand");

builder.mutationFields((t) => ({
  createCommand: t.field({
    type: CreateCommandPayload,
    description:
      "Asks something of a run; a turn or steer makes its session RUNNING. Needs the scope reader or runner. ALREADY_TERMINAL for an ended run.",
    args: { input: t.arg({ type: CreateCommandInput, required: true, description: "The command." }) },
    resolve: (_root, { input }, context) => createCommand(context, input),
  }),
  acknowledgeCommand: t.field({
    type: AcknowledgeCommandPayload,
    description:
      "Says that the runner has taken a command. Needs the scope runner, and the lease token while the run is claimed. Changes nothing of one that was taken before or has ended.",
    args: { input: t.arg({ type: AcknowledgeCommandInput, required: true, description: "Which command." }) },
    resolve: async (_root, { input }, context) => ({
      command: await acknowledgeCommand(context, { ...input, leaseToken: input.leaseToken ?? null }),
    }),
  }),
  finishCommand: t.field({
    type: FinishCommandPayload,
    description:
      "Ends a command. Needs the scope runner, and the lease token while the run is claimed. Changes nothing of one that has ended.",
    args: { input: t.arg({ type: FinishCommandInput, required: true, description: "How it ended." }) },
    resolve: async (_root, { input }, context) => ({
      command: await finishCommand(context, { ...input, leaseToken: input.leaseToken ?? null }),
    }),
  }),
  cancelCommand: t.field({
    type: CancelCommandPayload,
    description:
      "Cancels a command, whoever holds its run. Needs the scope reader or runner. Changes nothing of one that has ended.",
    args: {
      input: t.arg({ type: CancelCommandInput, required: true, description: "Which command, and why." }),
    },
    resolve: async (_root, { input }, context) => ({
      command: await cancelCommand(context, { ...input, reason: input.reason ?? null }),
    }),
  }),
}));
