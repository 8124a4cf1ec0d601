import type {
  CommandType,
  CreateRunInput,
  InputDecision,
  RunEventInput,
  TurnResultInput,
} from "../../generated/documents/graphql.js";

// A story is plain data: what happens in one session, call by call. It depends on the seed and its number alone, never
// on how many stories are told or in which order, so that telling it again changes nothing.

/** What happens in one session, and in runs without a session that are told beside it. */
export interface Story {
  /** The session's name: seed, number and task. */
  name: string;
  runs: readonly RunStory[];
}

/** How a run is created, and what then happens in it. */
export interface RunStory {
  create: CreateRunInput & { idempotencyKey: string };
  steps: readonly Step[];
}

/** One call to the service. `command` names a command of the same run, and is its idempotency key. */
export type Step =
  | { kind: "ask"; command: string; type: CommandType; payload: Record<string, unknown> }
  | { kind: "claim"; runnerId: string; leaseSeconds: number }
  | { kind: "acknowledge"; command: string }
  | { kind: "append"; events: RunEventInput[] }
  /** A person answers what the run asked last, and the runner takes the answer. */
  | { kind: "answer"; decision: InputDecision; comment: string }
  | { kind: "finish-command"; command: string; result: TurnResultInput }
  | { kind: "cancel-command"; command: string; reason: string }
  | { kind: "finish-run"; result: TurnResultInput }
  | { kind: "cancel-run"; reason: string };

/**
 * The types of events that only a story writes. The service itself writes BACKEND_STATUS and TERMINAL_STATUS events
 * too.
 */
export const toldTypes = [
  "ASSISTANT_MESSAGE",
  "USER_MESSAGE",
  "REASONING",
  "PLAN",
  "USAGE",
  "TOOL_CALL",
  "COMMAND_OUTPUT",
  "DIFF",
  "ERROR",
  "INPUT_REQUEST",
] as const;

/** How much a run holds once its story is told. A run that holds less has been broken off. */
export interface Extent {
  events: number;
  commands: number;
  endedCommands: number;
}

/** Counts what a run holds after all its steps. A run that ends also ends its open commands, which are not counted. */
export function extentOf({ steps }: RunStory): Extent {
  const count = (...kinds: Step["kind"][]) => steps.filter(({ kind }) => kinds.includes(kind)).length;
  return {
    events: steps
      .flatMap((step) => (step.kind === "append" ? step.events : []))
      .filter(({ type }) => toldTypes.some((told) => told === type)).length,
    commands: count("ask", "answer"),
    endedCommands: count("finish-command", "cancel-command", "answer"),
  };
}
