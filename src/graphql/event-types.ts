import {
  type RunEventType,
  failureKindOf,
  inputRequestKinds,
  meaningOf,
  outputStreams,
  runEventTypes,
} from "../domain/event.js";
import { fromKebab } from "../domain/failure.js";
import type { JsonValue } from "../domain/json-value.js";
import { terminalStatuses } from "../domain/run.js";
import type { RunEventRow } from "../store/row.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import { FailureKind, InputRequestKind, OutputStream, TerminalStatus } from "./enums.js";
import { RunEvent } from "./event.js";
import { Node, eventTypename } from "./node.js";
import { loadAnswer } from "./reading/loads.js";

// There is one type for each type of event. Its fields give what the payload holds. Payloads were normalised when they
// were stored, and redaction keeps a value's type: a redacted string is still a string.

type Fields = NonNullable<
  Parameters<ReturnType<typeof builder.objectRef<RunEventRow>>["implement"]>[0]["fields"]
>;

/** The fields of each type of event, beside those of every event. */
const fields: Record<RunEventType, Fields> = {
  ASSISTANT_MESSAGE: (t) => ({
    text: t.string({
      description: "What the agent said.",
      resolve: ({ payload }) => textOf(payload["text"]),
    }),
  }),
  USER_MESSAGE: (t) => ({
    text: t.string({
      description: "What the person said.",
      resolve: ({ payload }) => textOf(payload["text"]),
    }),
  }),
  TOOL_CALL: (t) => ({
    toolCallId: t.string({
      nullable: true,
      description: "The backend's own id for the call; null if it gave none.",
      resolve: ({ payload }) => optionalTextOf(payload["toolCallId"]),
    }),
    name: t.string({ description: "The tool's name.", resolve: ({ payload }) => textOf(payload["name"]) }),
    input: t.field({
      type: "JSON",
      nullable: true,
      description: "What the tool was given: any JSON value, null if nothing was reported.",
      resolve: ({ payload }) => payload["input"],
    }),
    output: t.field({
      type: "JSON",
      nullable: true,
      description: "What the tool answered: any JSON value, null while it works or if nothing was reported.",
      resolve: ({ payload }) => payload["output"],
    }),
    durationMs: t.int({
      nullable: true,
      description: "How long the call took, in milliseconds; null if that was not reported.",
      resolve: ({ payload }) => optionalIntOf(payload["durationMs"]),
    }),
    failed: t.boolean({
      description: "True if the call failed.",
      resolve: ({ payload }) => payload["failed"] === true,
    }),
  }),
  COMMAND_OUTPUT: (t) => ({
    text: t.string({
      description: "What the process printed.",
      resolve: ({ payload }) => textOf(payload["text"]),
    }),
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
    }),
  }),
  DIFF: (t) => ({
    path: t.string({
      nullable: true,
      description: "The path of the file that was changed; null if it is not one file, or if none was named.",
      resolve: ({ payload }) => optionalTextOf(payload["path"]),
    }),
    diff: t.string({
      description: "What changed, as a unified diff.",
      resolve: ({ payload }) => textOf(payload["diff"]),
    }),
  }),
  ERROR: (t) => ({
    failureKind: t.field({
      type: FailureKind,
      nullable: true,
      description: "What kind of failure it is; null if that is not known.",
      resolve: ({ payload }) => failureKindOf(payload["failureKind"]),
    }),
    message: t.string({
      description: "What went wrong, in words.",
      resolve: ({ payload }) => textOf(payload["message"]),
    }),
    willRetry: t.boolean({
      description: "True if the backend tries again by itself.",
      resolve: ({ payload }) => payload["willRetry"] === true,
    }),
  }),
  INPUT_REQUEST: (t) => ({
    kind: t.field({
      type: InputRequestKind,
      description: "Whether the agent asks for an answer or for an approval.",
      resolve: ({ payload }) => fromKebab(textOf(payload["kind"]), inputRequestKinds) ?? "QUESTION",
    }),
    prompt: t.string({
      description: "What the agent asks, in words.",
      resolve: ({ payload }) => textOf(payload["prompt"]),
    }),
    options: t.stringList({
      description: "The answers that the agent offers. The list is empty if any answer will do.",
      resolve: ({ payload }) => (Array.isArray(payload["options"]) ? payload["options"].map(textOf) : []),
    }),
    answeredBy: t.field({
      type: Command,
      nullable: true,
      description:
        "The turn or steer that answers the request: the first that was created after it in the session, or in the run if it has no session. Null while the request is open, and if its run ended first.",
      resolve: (event, _args, context) => loadAnswer(context, event),
    }),
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
    message: t.string({
      nullable: true,
      description: "Why the run did not end well, in words; null if nothing was said.",
      resolve: ({ payload }) => optionalTextOf(payload["message"]),
    }),
  }),
  BACKEND_STATUS: (t) => ({
    phase: t.string({
      description:
        "The phase: one of the service's own, such as run-created, run-claimed, command-created or command-terminal, or any that the backend reports. The payload holds its facts.",
      resolve: ({ payload }) => textOf(payload["phase"]),
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
