import { countLines } from "./diff.js";
import { badUserInput } from "./errors.js";
import { type FailureKind, failureKinds, fromKebab, toKebab } from "./failure.js";
import { type JsonObject, type JsonValue, growable } from "./json-value.js";
import { checkJsonObject } from "./json.js";
import { inputRequestKinds } from "./input-request.js";
import { normalizeAsked } from "./input-request-payload.js";
import { normalizeEntries } from "./plan.js";
import { terminalStatuses } from "./run.js";
import { checkName } from "./text.js";
import { normalizeUsage } from "./usage.js";

/** The streams of a process from which a COMMAND_OUTPUT event's text can come. */
export const outputStreams = ["STDOUT", "STDERR"] as const;

/** How far a tool call has come, or how it ended. */
export const toolCallStatuses = ["RUNNING", "COMPLETED", "FAILED", "DENIED", "CANCELLED"] as const;

/** The most events that one call may append. */
export const maxBatchEvents = 500;

type Rule = (value: JsonValue | undefined, field: string) => JsonValue | undefined;

const text: Rule = (value, field) => {
  if (typeof value !== "string") throw badUserInput(field, "must be a string");
  return value;
};
const optionalText: Rule = (value, field) =>
  value === undefined || value === null ? value : text(value, field);
const optionalWhole: Rule = (value, field) => {
  if (value === undefined || value === null) return value;
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > 2 ** 31 - 1) {
    throw badUserInput(field, "must be a whole number of at most 31 bits");
  }
  return value;
};
const optionalCount: Rule = (value, field) => {
  if (typeof value === "number" && value < 0) throw badUserInput(field, "must be 0 or more");
  return optionalWhole(value, field);
};
const flag: Rule = (value, field) => {
  if (value !== undefined && value !== null && typeof value !== "boolean")
    throw badUserInput(field, "must be true or false");
  return value ?? false;
};
const optionalName: Rule = (value, field) =>
  value === undefined || value === null ? value : checkName(text(value, field) as string, field);
const anything: Rule = (value) => value;
const word =
  (allowed: readonly string[], otherwise?: string): Rule =>
  (value, field) => {
    if ((value === undefined || value === null) && otherwise !== undefined) return otherwise;
    const known = typeof value === "string" ? fromKebab(value, allowed) : undefined;
    if (known === undefined) throw badUserInput(field, `must be one of ${allowed.map(toKebab).join(", ")}`);
    return toKebab(known);
  };
const optionalStatus: Rule = (value, field) =>
  value === undefined || value === null ? value : word(toolCallStatuses)(value, field);
const optionalFailureKind: Rule = (value, field) =>
  value === undefined || value === null ? value : word(failureKinds)(value, field);

interface EventKind {
  /** What an event of this type tells, for people. */
  meaning: string;
  /** True if it is part of a run's output, which is what a person would read. */
  isOutput?: true;
  /** What its payload must hold. Keys that are not named here are kept as they are. */
  payload: Record<string, Rule>;
  /** What is worked out of the payload as a whole, once its keys are in the form that is stored. */
  complete?: (payload: JsonObject, field: string) => JsonObject;
}

/** The kinds of events that a run can have, each with all that the domain knows of it. */
const kinds = {
  ASSISTANT_MESSAGE: {
    meaning: "The agent said something.",
    isOutput: true,
    payload: { text, messageId: optionalText, model: optionalName },
  },
  USER_MESSAGE: {
    meaning: "A person said something to the agent.",
    payload: { text, messageId: optionalText },
  },
  REASONING: { meaning: "What the agent thinks.", payload: { text, messageId: optionalText } },
  PLAN: {
    meaning: "The agent's plan, whole. It replaces the one before.",
    payload: { entries: normalizeEntries },
  },
  USAGE: {
    meaning: "What was used since the last such event.",
    payload: { model: optionalName },
    complete: normalizeUsage,
  },
  TOOL_CALL: {
    meaning: "The agent called a tool.",
    payload: {
      toolCallId: optionalText,
      parentToolCallId: optionalText,
      name: text,
      title: optionalText,
      input: anything,
      output: anything,
      durationMs: optionalWhole,
      status: optionalStatus,
      failed: flag,
    },
    complete: ({ status, failed }) => {
      const said = status ?? (failed === true ? "failed" : "completed");
      return { status: said, failed: said === "failed" };
    },
  },
  COMMAND_OUTPUT: {
    meaning: "A process printed something.",
    isOutput: true,
    payload: {
      text,
      toolCallId: optionalText,
      stream: word(outputStreams, "stdout"),
      exitCode: optionalWhole,
      outputBytes: optionalWhole,
      truncated: flag,
    },
    complete: ({ text: printed, outputBytes }) => ({
      outputBytes: outputBytes ?? Buffer.byteLength(printed as string),
    }),
  },
  DIFF: {
    meaning: "Files were changed.",
    isOutput: true,
    payload: {
      toolCallId: optionalText,
      path: optionalText,
      oldPath: optionalText,
      diff: text,
      additions: optionalCount,
      deletions: optionalCount,
    },
    complete: ({ diff, additions, deletions }) => {
      const counts = countLines(diff as string);
      return { additions: additions ?? counts.additions, deletions: deletions ?? counts.deletions };
    },
  },
  ERROR: {
    meaning: "Something went wrong.",
    isOutput: true,
    payload: { failureKind: optionalFailureKind, message: text, willRetry: flag },
  },
  INPUT_REQUEST: {
    meaning: "The agent asks a person for an answer or an approval.",
    payload: {
      kind: word(inputRequestKinds, "question"),
      prompt: text,
      requestId: optionalName,
      toolCallId: optionalText,
      multiple: flag,
    },
    complete: normalizeAsked,
  },
  TERMINAL_STATUS: {
    meaning: "The run has ended. This is the last event of every run that has ended.",
    isOutput: true,
    payload: {
      terminalStatus: word(terminalStatuses),
      failureKind: optionalFailureKind,
      message: optionalText,
    },
  },
  BACKEND_STATUS: {
    meaning: "The service or the agent's backend has entered a phase.",
    payload: { phase: text },
  },
} as const satisfies Record<string, EventKind>;

/** What kind of event it is. */
export type RunEventType = keyof typeof kinds;

const kindOf = (type: RunEventType): EventKind => kinds[type];

/** Every {@link RunEventType}. */
export const runEventTypes = Object.keys(kinds) as RunEventType[];

const rulesOf = Object.fromEntries(
  runEventTypes.map((type) => [type, Object.entries(kindOf(type).payload)]),
) as Record<RunEventType, [string, Rule][]>;

/** The types of events that make up a run's output, which is what a person would read. */
export const outputTypes: readonly RunEventType[] = runEventTypes.filter((type) => kindOf(type).isOutput);

/** Says what an event of a type tells, for people. */
export function meaningOf(type: RunEventType): string {
  return kindOf(type).meaning;
}

/**
 * Checks a payload and gives it in the form that is stored: enum words are in lower case with hyphens, missing flags
 * are false, missing lists are empty, and what is not said of the length of an output or a diff is counted. Throws
 * BAD_USER_INPUT if a key that the type needs is missing or a value is of the wrong kind.
 */
export function normalizePayload(
  type: RunEventType,
  payload: JsonValue | undefined,
  field: string,
): JsonObject {
  const kept = growable(checkJsonObject(payload, field));
  for (const [key, rule] of rulesOf[type]) {
    const value = rule(Object.hasOwn(kept, key) ? kept[key] : undefined, `${field}.${key}`);
    if (value !== undefined) kept[key] = value;
  }
  return Object.assign(kept, kindOf(type).complete?.(kept, field));
}

/** Gives the failure kind that a payload's word names, or null if it names none. */
export function failureKindOf(value: JsonValue | undefined): FailureKind | null {
  return typeof value === "string" ? (fromKebab(value, failureKinds) ?? null) : null;
}
