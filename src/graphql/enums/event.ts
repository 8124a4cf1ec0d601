import {
  type RunEventType as EventType,
  meaningOf,
  outputStreams,
  runEventTypes,
  toolCallStatuses,
} from "../../domain/event.js";
import { planEntryStatuses } from "../../domain/plan.js";
import { builder } from "../builder.js";
import { enumOf } from "./enum-of.js";

export const RunEventType = builder.enumType("RunEventType", {
  description: "What an event of a run tells.",
  values: Object.fromEntries(runEventTypes.map((type) => [type, { description: meaningOf(type) }])) as Record<
    EventType,
    { description: string }
  >,
});

export const OutputStream = enumOf("OutputStream", "Which stream a process printed to.", outputStreams, {
  STDOUT: "Its standard output.",
  STDERR: "Its standard error.",
});

export const ToolCallStatus = enumOf(
  "ToolCallStatus",
  "How far a tool call has come, or how it ended.",
  toolCallStatuses,
  {
    RUNNING: "The tool works.",
    COMPLETED: "It ended well.",
    FAILED: "It failed.",
    DENIED: "It was not allowed.",
    CANCELLED: "It was cancelled.",
  },
);

export const PlanEntryStatus = enumOf(
  "PlanEntryStatus",
  "How far a step of a plan has come.",
  planEntryStatuses,
  {
    PENDING: "It has not begun.",
    IN_PROGRESS: "The agent works on it.",
    COMPLETED: "It is done.",
    CANCELLED: "It will not be done.",
  },
);
