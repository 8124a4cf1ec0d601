import { type RunEventType, outputStreams, toolCallStatuses } from "../../domain/event.js";
import { countLines } from "../../domain/diff.js";
import { fromKebab } from "../../domain/failure.js";
import { usageOf } from "../../domain/usage.js";
import { flagIn, valueIn } from "../../store/event.js";
import { readsValue } from "../compiled/reads.js";
import { OutputStream, ToolCallStatus } from "../enums/event.js";
import { Plan } from "../plan.js";
import { Usage } from "../usage.js";
import { type Fields, optionalIntOf, optionalText, text, textOf } from "./payload-field.js";

const toolCallId = "The backend's own id for the tool call that it comes from; null if it gave none.";

/** The fields of the agent's work: what it plans, uses, calls, prints and changes. */
export const workFields = {
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
    toolCallId: optionalText(t, "toolCallId", toolCallId),
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
    toolCallId: optionalText(t, "toolCallId", toolCallId),
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
} satisfies Partial<Record<RunEventType, Fields>>;
