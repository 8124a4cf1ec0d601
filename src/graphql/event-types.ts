import { failureKindOf, inputRequestKinds, outputStreams } from "../domain/event.js";
import { fromKebab } from "../domain/failure.js";
import type { JsonValue } from "../domain/json-value.js";
import { terminalStatuses } from "../domain/run.js";
import type { RunEventRow } from "../store/row.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import { FailureKind, InputRequestKind, OutputStream, TerminalStatus } from "./enums.js";
import { RunEvent } from "./event.js";
import { Node, eventTypenames } from "./node.js";
import { loadAnswer } from "./reading/loads.js";

// One type for each type of event: what its payload holds, in the graph's words. Payloads were normalised when they
// were stored; what redaction has made of a value still has its type.

const interfaces = [Node, RunEvent] as const;

builder.objectRef<RunEventRow>(eventTypenames.ASSISTANT_MESSAGE).implement({
  description: "The agent said something.",
  interfaces: [...interfaces],
  fields: (t) => ({
    text: t.string({ description: "What it said.", resolve: ({ payload }) => textOf(payload["text"]) }),
  }),
});

builder.objectRef<RunEventRow>(eventTypenames.USER_MESSAGE).implement({
  description: "A person said something to the agent.",
  interfaces: [...interfaces],
  fields: (t) => ({
    text: t.string({ description: "What they said.", resolve: ({ payload }) => textOf(payload["text"]) }),
  }),
});

builder.objectRef<RunEventRow>(eventTypenames.TOOL_CALL).implement({
  description: "The agent called a tool.",
  interfaces: [...interfaces],
  fields: (t) => ({
    toolCallId: t.string({
      nullable: true,
      description: "The backend's own name for the call.",
      resolve: ({ payload }) => optionalTextOf(payload["toolCallId"]),
    }),
    name: t.string({ description: "The tool.", resolve: ({ payload }) => textOf(payload["name"]) }),
    input: t.field({
      type: "JSON",
      nullable: true,
      description: "What it was given.",
      resolve: ({ payload }) => payload["input"],
    }),
    output: t.field({
      type: "JSON",
      nullable: true,
      description: "What it answered; null while it works.",
      resolve: ({ payload }) => payload["output"],
    }),
    durationMs: t.int({
      nullable: true,
      description: "How long it took, in milliseconds.",
      resolve: ({ payload }) => optionalIntOf(payload["durationMs"]),
    }),
    failed: t.boolean({
      description: "True where the call failed.",
      resolve: ({ payload }) => payload["failed"] === true,
    }),
  }),
});

builder.objectRef<RunEventRow>(eventTypenames.COMMAND_OUTPUT).implement({
  description: "A process printed something.",
  interfaces: [...interfaces],
  fields: (t) => ({
    text: t.string({ description: "What it printed.", resolve: ({ payload }) => textOf(payload["text"]) }),
    stream: t.field({
      type: OutputStream,
      description: "Where it printed it.",
      resolve: ({ payload }) => fromKebab(textOf(payload["stream"]), outputStreams) ?? "STDOUT",
    }),
    exitCode: t.int({
      nullable: true,
      description: "The process's exit code, once it has ended.",
      resolve: ({ payload }) => optionalIntOf(payload["exitCode"]),
    }),
    outputBytes: t.int({
      description: "How many bytes the process printed; more than the text has where it is truncated.",
      resolve: ({ payload }) => optionalIntOf(payload["outputBytes"]) ?? 0,
    }),
    truncated: t.boolean({
      description: "True where the text is not all that was printed.",
      resolve: ({ payload }) => payload["truncated"] === true,
    }),
  }),
});

builder.objectRef<RunEventRow>(eventTypenames.DIFF).implement({
  description: "Files were changed.",
  interfaces: [...interfaces],
  fields: (t) => ({
    path: t.string({
      nullable: true,
      description: "The file, where it is one.",
      resolve: ({ payload }) => optionalTextOf(payload["path"]),
    }),
    diff: t.string({
      description: "The change as a unified diff.",
      resolve: ({ payload }) => textOf(payload["diff"]),
    }),
  }),
});

builder.objectRef<RunEventRow>(eventTypenames.ERROR).implement({
  description: "Something went wrong.",
  interfaces: [...interfaces],
  fields: (t) => ({
    failureKind: t.field({
      type: FailureKind,
      nullable: true,
      description: "Why, where that is known.",
      resolve: ({ payload }) => failureKindOf(payload["failureKind"]),
    }),
    message: t.string({
      description: "The same in words.",
      resolve: ({ payload }) => textOf(payload["message"]),
    }),
    willRetry: t.boolean({
      description: "True where the backend tries again by itself.",
      resolve: ({ payload }) => payload["willRetry"] === true,
    }),
  }),
});

builder.objectRef<RunEventRow>(eventTypenames.INPUT_REQUEST).implement({
  description: "The agent asks a person for an answer or an approval.",
  interfaces: [...interfaces],
  fields: (t) => ({
    kind: t.field({
      type: InputRequestKind,
      description: "What it asks for.",
      resolve: ({ payload }) => fromKebab(textOf(payload["kind"]), inputRequestKinds) ?? "QUESTION",
    }),
    prompt: t.string({ description: "What it asks.", resolve: ({ payload }) => textOf(payload["prompt"]) }),
    options: t.stringList({
      description: "Answers that it offers; empty where any will do.",
      resolve: ({ payload }) => (Array.isArray(payload["options"]) ? payload["options"].map(textOf) : []),
    }),
    answeredBy: t.field({
      type: Command,
      nullable: true,
      description:
        "The next turn or steer of the session (of the run, where it has none), which answers it; null while it is open, or where its run ended first.",
      resolve: (event, _args, context) => loadAnswer(context, event),
    }),
  }),
});

builder.objectRef<RunEventRow>(eventTypenames.TERMINAL_STATUS).implement({
  description: "The run has ended; the last event of every ended run.",
  interfaces: [...interfaces],
  fields: (t) => ({
    terminalStatus: t.field({
      type: TerminalStatus,
      description: "How it ended.",
      resolve: ({ payload }) => fromKebab(textOf(payload["terminalStatus"]), terminalStatuses) ?? "FAILED",
    }),
    failureKind: t.field({
      type: FailureKind,
      nullable: true,
      description: "Why it did not end well, where that is known.",
      resolve: ({ payload }) => failureKindOf(payload["failureKind"]),
    }),
    message: t.string({
      nullable: true,
      description: "The same in words.",
      resolve: ({ payload }) => optionalTextOf(payload["message"]),
    }),
  }),
});

builder.objectRef<RunEventRow>(eventTypenames.BACKEND_STATUS).implement({
  description: "The service or the backend entered a phase.",
  interfaces: [...interfaces],
  fields: (t) => ({
    phase: t.string({
      description:
        "Which phase: run-created, run-claimed, command-created, command-terminal and the like, or the backend's own.",
      resolve: ({ payload }) => textOf(payload["phase"]),
    }),
  }),
});

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function optionalTextOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function optionalIntOf(value: JsonValue | undefined): number | null {
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}
