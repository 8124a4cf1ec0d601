import {
  type RunEventType,
  failureKindOf,
  meaningOf,
  outputStreams,
  runEventTypes,
  toolCallStatuses,
} from "../domain/event.js";
import { countLines } from "../domain/diff.js";
import { fromKebab } from "../domain/failure.js";
import { inputRequestKinds } from "../domain/input-request.js";
import { choicesOf } from "../domain/input-request-payload.js";
import { isId } from "../domain/ids.js";
import type { JsonValue } from "../domain/json-value.js";
import { terminalStatuses } from "../domain/run.js";
import { usageOf } from "../domain/usage.js";
import { flagIn, textIn, valueIn } from "../store/event.js";
import type { RunEventRow } from "../store/row.js";
import { builder } from "./builder.js";
import { readsValue } from "./compiled/reads.js";
import { Command } from "./command.js";
import { FailureKind, InputRequestKind, OutputStream, TerminalStatus, ToolCallStatus } from "./enums.js";
import { RunEvent } from "./event.js";
import { Node, eventTypename } from "./node.js";
import { InputChoice, InputRequest } from "./input-request/request.js";
import { Plan } from "./plan.js";
import { loadCommand, loadRequestOfEvent } from "./reading/loads.js";
import { Usage } from "./usage.js";

// There is one type for each type of event. Its fields give what the payload holds. Payloads were normalised when they
// were stored, and redaction keeps a value's type: a redacted string is still a string.

type Fields = NonNullable<
  Parameters<ReturnType<typeof builder.objectRef<RunEventRow>>["implement"]>[0]["fields"]
>;

const words = {
  messageId: "The backend's own id for the message; null if it gave none.",
  toolCallId: "The backend's own id for the tool call that it comes from; null if it gave none.",
} as const;

type FieldBuilder = Parameters<Fields>[0];

/** A field for a text that the payload holds. */
function text(t: FieldBuilder, key: string, description: string) {
  return t.string({
    description,
    resolve: ({ payload }) => textOf(payload[key]),
    extensions: readsValue(`coalesce(${textIn(key)}, '')`),
  });
}

/** A field for a text that the payload may hold; null if it does not. */
function optionalText(t: FieldBuilder, key: string, description: string) {
  return t.string({
    nullable: true,
    description,
    resolve: ({ payload }) => optionalTextOf(payload[key]),
    extensions: readsValue(textIn(key)),
  });
}

/** The fields of each type of event, beside those of every event. */
const fields: Record<RunEventType, Fields> = {
  ASSISTANT_MESSAGE: (t) => ({
    text: text(t, "text", "What the agent said."),
    messageId: optionalText(t, "messageId", words.messageId),
    model: optionalText(t, "model", "The model that said it; null if none was named."),
  }),
  USER_MESSAGE: (t) => ({
    text: text(t, "text", "What the person said."),
    messageId: optionalText(t, "messageId", words.messageId),
  }),
  REASONING: (t) => ({
    text: text(t, "text", "What the agent thinks."),
    messageId: optionalText(t, "messageId", words.messageId),
  }),
  PLAN: (t) => ({
    plan: t.field({ type: Plan, description: "The plan.", resolve: (event) => event }),
  }),
  USAGE: (t) => ({
    model: optionalText(t, "model", "The model that was used; null if none was named."),
    usage: t.field({
      type: Usage,
      description: "What was used since the last such event.",
      resolve: ({ payload }) => usageOf(payload),
    }),
  }),
  TOOL_CALL: (t) => ({
    toolCallId: optionalText(t, "toolCallId", "The backend's own id for the call; null if it gave none."),
    parentToolCallId: optionalText(
      t,
      "parentToolCallId",
      "The backend's own id for the tool call that this one is part of, such as a sub-agent's; null if it is part of none.",
    ),
    title: optionalText(t, "title", "What the call does, for people; null if nothing was said."),
    status: t.field({
      type: ToolCallStatus,
      description: "How far the call has come, or how it ended.",
      resolve: ({ payload: { status, failed } }) =>
        fromKebab(textOf(status), toolCallStatuses) ?? (failed === true ? "FAILED" : "COMPLETED"),
    }),
    name: text(t, "name", "The tool's name."),
    input: t.field({
      type: "JSON",
      nullable: true,
      description: "What the tool was given: any JSON value, null if nothing was reported.",
      resolve: ({ payload }) => payload["input"],
      extensions: readsValue(valueIn("input")),
    }),
    output: t.field({
      type: "JSON",
      nullable: true,
      description: "What the tool answered: any JSON value, null while it works or if nothing was reported.",
      resolve: ({ payload }) => payload["output"],
      extensions: readsValue(valueIn("output")),
    }),
    durationMs: t.int({
      nullable: true,
      description: "How long the call took, in milliseconds; null if that was not reported.",
      resolve: ({ payload }) => optionalIntOf(payload["durationMs"]),
    }),
    failed: t.boolean({
      description: "True if the call's status is FAILED.",
      resolve: ({ payload }) => payload["failed"] === true,
      extensions: readsValue(flagIn("failed")),
    }),
  }),
  COMMAND_OUTPUT: (t) => ({
    text: text(t, "text", "What the process printed."),
    toolCallId: optionalText(t, "toolCallId", words.toolCallId),
    stream: t.field({
      type: OutputStream,
      description: "Which stream the process printed it to.",
      resolve: ({ payload }) => fromKebab(textOf(payload["stream"]), outputStreams) ?? "STDOUT",
    }),
    exitCode: t.int({
      nullable: true,
      description: "The process's exit code; null if it had not ended.",
      resolve: ({ payload }) => optionalIntOf(payload["exitCode"]),
    }),
    outputBytes: t.int({
      description: "How many bytes the process printed. These are more than the text has if it is truncated.",
      resolve: ({ payload }) => optionalIntOf(payload["outputBytes"]) ?? 0,
    }),
    truncated: t.boolean({
      description: "True if the text is not all that was printed.",
      resolve: ({ payload }) => payload["truncated"] === true,
      extensions: readsValue(flagIn("truncated")),
    }),
  }),
  DIFF: (t) => ({
    toolCallId: optionalText(t, "toolCallId", words.toolCallId),
    oldPath: optionalText(
      t,
      "oldPath",
      "The path that the file had before; null if it was not moved, or if none was named.",
    ),
    additions: t.int({
      description: "How many lines were added: as the backend said, or else counted from the diff.",
      resolve: ({ payload }) =>
        optionalIntOf(payload["additions"]) ?? countLines(textOf(payload["diff"])).additions,
    }),
    deletions: t.int({
      description: "How many lines were taken away: as the backend said, or else counted from the diff.",
      resolve: ({ payload }) =>
        optionalIntOf(payload["deletions"]) ?? countLines(textOf(payload["diff"])).deletions,
    }),
    path: optionalText(
      t,
      "path",
      "The path of the file that was changed; null if it is not one file, or if none was named.",
    ),
    diff: text(t, "diff", "What changed, as a unified diff."),
  }),
  ERROR: (t) => ({
    failureKind: t.field({
      type: FailureKind,
      nullable: true,
      description: "What kind of failure it is; null if that is not known.",
      resolve: ({ payload }) => failureKindOf(payload["failureKind"]),
    }),
    message: text(t, "message", "What went wrong, in words."),
    willRetry: t.boolean({
      description: "True if the backend tries again by itself.",
      resolve: ({ payload }) => payload["willRetry"] === true,
      extensions: readsValue(flagIn("willRetry")),
    }),
  }),
  INPUT_REQUEST: (t) => ({
    kind: t.field({
      type: InputRequestKind,
      description: "Whether the agent asks for an answer, for an approval, or that a person acts elsewhere.",
      resolve: ({ payload }) => fromKebab(textOf(payload["kind"]), inputRequestKinds) ?? "QUESTION",
    }),
    prompt: text(t, "prompt", "What the agent asks, in words."),
    options: t.stringList({
      description: "The labels of the choices. The list is empty if any answer will do.",
      resolve: ({ payload }) => choicesOf(payload).map(({ label }) => label),
    }),
    answeredBy: t.field({
      type: Command,
      nullable: true,
      description:
        "What tells the runner of the answer: an ANSWER, or a turn or steer. Null while the request is open, and if nothing tells it.",
      resolve: async (event, _args, context) => {
        const request = await loadRequestOfEvent(context, event);
        return request?.state === "ANSWERED" ? loadCommand(context, request.commandId) : null;
      },
    }),
    inputRequest: t.field({
      type: InputRequest,
      nullable: true,
      description:
        "The input request that the event opened, or went on with. Null for an event from before there were any.",
      resolve: (event, _args, context) => loadRequestOfEvent(context, event),
    }),
    choices: t.field({
      type: [InputChoice],
      description: "The answers that the agent offers. The list is empty if any answer will do.",
      resolve: ({ payload }) => choicesOf(payload),
    }),
    requestId: optionalText(t, "requestId", "The agent's own id for what it asks; null if it gave none."),
    toolCallId: optionalText(
      t,
      "toolCallId",
      "The backend's own id for the tool call that it asks about; null if it gave none.",
    ),
  }),
  TERMINAL_STATUS: (t) => ({
    terminalStatus: t.field({
      type: TerminalStatus,
      description: "How the run ended.",
      resolve: ({ payload }) => fromKebab(textOf(payload["terminalStatus"]), terminalStatuses) ?? "FAILED",
    }),
    failureKind: t.field({
      type: FailureKind,
      nullable: true,
      description: "Why the run did not end well; null if it did, or if the reason is not known.",
      resolve: ({ payload }) => failureKindOf(payload["failureKind"]),
    }),
    message: text(t, "message", "Why the run did not end well, in words; an empty text if nothing was said."),
  }),
  BACKEND_STATUS: (t) => ({
    phase: text(
      t,
      "phase",
      "The phase: one of the service's own, such as run-created, run-claimed, command-created or command-terminal, or any that the backend reports. The payload holds its facts.",
    ),
    command: t.field({
      type: Command,
      nullable: true,
      description:
        "The command that the phase is about, such as the turn of command-created; null if it is about none.",
      resolve: ({ payload }, _args, context) => {
        const id = optionalTextOf(payload["commandId"]);
        return id !== null && isId("command", id) ? loadCommand(context, id) : null;
      },
    }),
  }),
};

for (const type of runEventTypes) {
  builder.objectRef<RunEventRow>(eventTypename(type)).implement({
    description: meaningOf(type),
    interfaces: [Node, RunEvent],
    fields: fields[type],
  });
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function optionalTextOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function optionalIntOf(value: JsonValue | undefined): number | null {
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}
