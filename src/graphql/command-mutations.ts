import { acknowledgeCommand, cancelCommand } from "../actions/command.js";
import { finishCommand } from "../actions/finish-command.js";
import { createCommand } from "../actions/create-command.js";
import { occurredAtBound } from "../domain/occurrence.js";
import type { CommandRow } from "../store/row.js";
import { maxMessageLength } from "../domain/text.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import { CommandType } from "./enums/command.js";
import { TurnResultInput } from "./turn-result.js";

const CreateCommandInput = builder.inputType("CreateCommandInput", {
  description: "A command to create.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run that the command asks something of." }),
    type: t.field({ type: CommandType, required: true, description: "What the command asks." }),
    payload: t.field({
      type: "JSON",
      required: true,
      description:
        "What the runner needs to know: a JSON object. The text in `prompt` of a turn becomes the session's title, unless the session's metadata has a title.",
    }),
    occurredAt: t.field({
      type: "DateTime",
      description: `When it was asked, if that was not now. ${occurredAtBound}`,
    }),
    idempotencyKey: t.string({
      description:
        "A key of 1 to 200 characters that makes it safe to send the call again. If the run has a command with this key and the same type and payload, that command is given and nothing is created; IDEMPOTENCY_KEY_REUSED if they differ. Default: no key, and each call creates a command.",
    }),
  }),
});

const AcknowledgeCommandInput = builder.inputType("AcknowledgeCommandInput", {
  description: "The command that the runner has taken.",
  fields: (t) => ({
    commandId: t.id({ required: true, description: "The command's id." }),
    leaseToken: t.string({
      description:
        "The token of the run's lease. It is needed while a runner holds the run, unless the caller has the scope operator.",
    }),
  }),
});

const FinishCommandInput = builder.inputType("FinishCommandInput", {
  description: "A command, and how it ended.",
  fields: (t) => ({
    commandId: t.id({ required: true, description: "The command's id." }),
    result: t.field({ type: TurnResultInput, required: true, description: "How it ended." }),
    leaseToken: t.string({
      description:
        "The token of the run's lease. It is needed while a runner holds the run, unless the caller has the scope operator.",
    }),
    occurredAt: t.field({
      type: "DateTime",
      description: `When it ended, if that was not now. ${occurredAtBound}`,
    }),
  }),
});

const CancelCommandInput = builder.inputType("CancelCommandInput", {
  description: "A command to cancel, and why.",
  fields: (t) => ({
    commandId: t.id({ required: true, description: "The command's id." }),
    reason: t.string({
      description: `Why it is cancelled, at most ${maxMessageLength} characters. Default: "cancel requested".`,
    }),
  }),
});

const CreateCommandPayload = builder
  .objectRef<{ command: CommandRow; replayed: boolean }>("CreateCommandPayload")
  .implement({
    description: "The result of createCommand.",
    fields: (t) => ({
      command: t.expose("command", { type: Command, description: "The command as it is now." }),
      replayed: t.exposeBoolean("replayed", {
        description:
          "True if the command had been created by an earlier call with the same idempotencyKey, and this call created nothing.",
      }),
    }),
  });

function payloadOf(name: string, mutation: string) {
  return builder.objectRef<{ command: CommandRow }>(name).implement({
    description: `The result of ${mutation}.`,
    fields: (t) => ({
      command: t.expose("command", { type: Command, description: "The command as it is now." }),
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
      "Creates a command, which asks something of a run. A turn or steer makes the run's session RUNNING and answers the open input requests in it. Needs the scope reader or runner. NOT_FOUND if there is no such run, ALREADY_TERMINAL if it has ended.",
    args: {
      input: t.arg({ type: CreateCommandInput, required: true, description: "The command to create." }),
    },
    resolve: (_root, { input }, context) => createCommand(context, input),
  }),
  acknowledgeCommand: t.field({
    type: AcknowledgeCommandPayload,
    description:
      "Tells the service that the runner has taken a command: the command becomes ACKNOWLEDGED. It changes nothing if the command was taken before or has ended. Needs the scope runner. NOT_FOUND if there is no such command, RUNNER_LEASE_CONFLICT if the lease token is needed but missing, or not valid.",
    args: { input: t.arg({ type: AcknowledgeCommandInput, required: true, description: "The command." }) },
    resolve: async (_root, { input }, context) => ({
      command: await acknowledgeCommand(context, { ...input, leaseToken: input.leaseToken ?? null }),
    }),
  }),
  finishCommand: t.field({
    type: FinishCommandPayload,
    description:
      "Ends a command with its result. It changes nothing if the command has ended before. Needs the scope runner. NOT_FOUND if there is no such command, RUNNER_LEASE_CONFLICT if the lease token is needed but missing, or not valid.",
    args: { input: t.arg({ type: FinishCommandInput, required: true, description: "How it ended." }) },
    resolve: async (_root, { input }, context) => ({
      command: await finishCommand(context, { ...input, leaseToken: input.leaseToken ?? null }),
    }),
  }),
  cancelCommand: t.field({
    type: CancelCommandPayload,
    description:
      "Cancels a command, whoever holds its run. The run itself goes on. It changes nothing if the command has ended before. Needs the scope reader or runner. NOT_FOUND if there is no such command.",
    args: {
      input: t.arg({
        type: CancelCommandInput,
        required: true,
        description: "The command, and why it is cancelled.",
      }),
    },
    resolve: async (_root, { input }, context) => ({
      command: await cancelCommand(context, { ...input, reason: input.reason ?? null }),
    }),
  }),
}));
