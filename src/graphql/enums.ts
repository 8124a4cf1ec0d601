import { commandStates, commandTypes } from "../domain/command.js";
import { type ErrorCode, errorCodes } from "../domain/errors.js";
import { inputRequestKinds, outputStreams, runEventTypes } from "../domain/event.js";
import { failureKinds } from "../domain/failure.js";
import { attentionReasons, attentionStates } from "../domain/inbox/attention.js";
import { listStates, sessionOrders } from "../domain/inbox/list.js";
import { queueTaskStates } from "../domain/queue/task.js";
import { runStatuses, terminalStatuses } from "../domain/run.js";
import { executionStates } from "../domain/session.js";
import { builder } from "./builder.js";

/** An enum whose values are the domain's own words, each described. */
function enumOf<const Words extends readonly string[]>(
  name: string,
  description: string,
  _words: Words,
  descriptions: Record<Words[number], string>,
) {
  const values = Object.fromEntries(
    Object.entries<string>(descriptions).map(([word, text]) => [word, { description: text }]),
  ) as Record<Words[number], { description: string }>;
  return builder.enumType(name, { description, values });
}

export const RunStatus = enumOf(
  "RunStatus",
  "Where a run stands. PENDING, then CLAIMED, then one of the others; a pending run may end without a claim.",
  runStatuses,
  {
    PENDING: "Waits for a runner.",
    CLAIMED: "A runner holds its lease and works.",
    COMPLETED: "Ended well.",
    FAILED: "Ended by a failure.",
    BLOCKED: "Ended because it could not go on without help.",
    CANCELLED: "Ended because somebody cancelled it.",
  },
);

export const TerminalStatus = enumOf("TerminalStatus", "How something ended.", terminalStatuses, {
  COMPLETED: "Well.",
  FAILED: "By a failure.",
  BLOCKED: "It could not go on without help.",
  CANCELLED: "Somebody cancelled it.",
});

export const CommandType = enumOf("CommandType", "What a command asks of a run.", commandTypes, {
  TURN: "Start working on a prompt.",
  STEER: "Take this into account in the work under way.",
  INTERRUPT:
    "Stop what you are doing: a message to the runner alone, which makes no session active and answers nothing.",
});

export const CommandState = enumOf(
  "CommandState",
  "Where a command stands. PENDING, then ACKNOWLEDGED, then one of the others; a pending one may end at once.",
  commandStates,
  {
    PENDING: "Not taken by a runner yet.",
    ACKNOWLEDGED: "Taken by the runner.",
    COMPLETED: "Ended well.",
    FAILED: "Ended by a failure, or blocked.",
    CANCELLED: "Ended because it or its run was cancelled.",
  },
);

export const QueueTaskState = enumOf(
  "QueueTaskState",
  "Where a queue task or an attempt at one stands. PENDING, then RUNNING, then one of the others; a pending task may end at once, and an attempt is never PENDING.",
  queueTaskStates,
  {
    PENDING: "Waits for a runner.",
    RUNNING: "An attempt is under way.",
    COMPLETED: "Ended well.",
    FAILED: "Ended by a failure.",
    BLOCKED: "Ended because it could not go on without help.",
    CANCELLED: "Ended because somebody cancelled it; of an attempt also: its runner gave it back.",
  },
);

export const SessionExecutionState = enumOf(
  "SessionExecutionState",
  "Whether a session's agent works. IDLE, then RUNNING, then TERMINAL, then RUNNING again.",
  executionStates,
  {
    IDLE: "Nothing was asked of it yet.",
    RUNNING: "A turn or steer is live, or a run of it is claimed.",
    TERMINAL: "Its last work has ended.",
  },
);

export const SessionListState = enumOf(
  "SessionListState",
  "Which sessions a list holds for its reader. Those that the reader has archived or snoozed are in none that does not ask for them.",
  listStates,
  {
    DEFAULT: "Active or unread: what a person has to look at.",
    ALL: "Any.",
    RUNNING: "The active ones.",
    UNREAD: "Those that are not active and that the reader has not read as they are, or has marked unread.",
    READ: "Those that are not active and that the reader has read as they are.",
    TERMINAL: "Those whose last work has ended.",
    IDLE: "Those that nothing was asked of yet.",
  },
);

export const SessionOrder = enumOf("SessionOrder", "The order of a list of sessions.", sessionOrders, {
  ATTENTION:
    "What the reader has pinned first; then the active, the unread and the read ones, each by lastActivityAt, updatedAt and id, newest first.",
  LAST_ACTIVITY: "By lastActivityAt, then updatedAt, then id; newest first.",
  CREATED: "By createdAt, then id; newest first.",
});

export const AttentionState = enumOf(
  "AttentionState",
  "How a session stands with one reader.",
  attentionStates,
  {
    ACTIVE: "Its agent works.",
    UNREAD: "It rests, and the reader has not read it as it is, or has marked it unread.",
    READ: "It rests, and the reader has read it as it is.",
  },
);

export const AttentionReason = enumOf(
  "AttentionReason",
  "Why a session asks for attention, or does not. An open input request stands before a lease that ran out, and that before all else.",
  attentionReasons,
  {
    WORKING: "Its agent works.",
    NEEDS_INPUT: "An agent asks a question that no turn or steer has answered yet.",
    NEEDS_APPROVAL: "An agent asks for leave that no turn or steer has answered yet.",
    FINISHED: "Its last work ended well.",
    FAILED: "Its last work failed.",
    BLOCKED: "Its last work could not go on.",
    CANCELLED: "Its last work was cancelled.",
    STALE: "The lease of a run of it ran out, and no runner has claimed that run again.",
    IDLE: "Nothing was asked of it yet.",
  },
);

export const RunEventType = enumOf("RunEventType", "What an event of a run tells.", runEventTypes, {
  ASSISTANT_MESSAGE: "The agent said something.",
  USER_MESSAGE: "A person said something to the agent.",
  TOOL_CALL: "The agent called a tool.",
  COMMAND_OUTPUT: "A process printed something.",
  DIFF: "Files were changed.",
  ERROR: "Something went wrong.",
  INPUT_REQUEST: "The agent asks a person for an answer or an approval.",
  TERMINAL_STATUS: "The run has ended; the last event of every ended run.",
  BACKEND_STATUS: "The service or the backend entered a phase.",
});

export const OutputStream = enumOf("OutputStream", "Where a process printed.", outputStreams, {
  STDOUT: "Its standard output.",
  STDERR: "Its standard error.",
});

export const InputRequestKind = enumOf(
  "InputRequestKind",
  "What an agent asks a person for.",
  inputRequestKinds,
  {
    QUESTION: "An answer.",
    APPROVAL: "Leave to go on.",
  },
);

export const FailureKind = enumOf("FailureKind", "Why something failed.", failureKinds, {
  SCHEMA_INVALID: "What was sent does not fit.",
  CANCELLED: "It was cancelled.",
  RUNNER_LEASE_CONFLICT: "Somebody else holds the lease.",
  TENANT_POLICY_DENIED: "It belongs to another tenant or project.",
  INFRA_FAILED: "Something that the service needs, its database for example, is missing or away.",
  LEASE_EXPIRED: "The runners that held it were not heard from any more.",
  PROVIDER_UNAVAILABLE: "The model's provider does not answer.",
  PROVIDER_STREAM_DISCONNECTED: "The model's provider broke off.",
  PROVIDER_AUTH_FAILED: "The model's provider refused the credentials.",
  PROVIDER_RATE_LIMITED: "The model's provider asks to slow down.",
  BACKEND_FAILED: "The agent's backend failed.",
  BACKEND_TIMEOUT: "The agent's backend took too long.",
  BACKEND_PROTOCOL_ERROR: "The agent's backend said something that was not understood.",
  SECRET_UNAVAILABLE: "A credential that the run needs was not to be had.",
});

enumOf(
  "ErrorCode",
  "The value of extensions.code on every error. The README's table of errors gives each one's HTTP status and whether to retry.",
  Object.keys(errorCodes) as ErrorCode[],
  {
    GRAPHQL_PARSE_FAILED: "The document is not GraphQL.",
    GRAPHQL_VALIDATION_FAILED: "The document does not fit the schema.",
    BAD_USER_INPUT: "An argument is wrong; the message names it and says what is allowed.",
    QUERY_TOO_COMPLEX: "The operation asks for too much at once.",
    UNAUTHENTICATED: "There is no valid token.",
    FORBIDDEN: "The token lacks the scope.",
    NOT_FOUND: "The caller's tenant has nothing of this id.",
    CONFLICT: "The state does not allow this.",
    IDEMPOTENCY_KEY_REUSED: "The key was used before with other content.",
    ALREADY_TERMINAL: "The run has ended.",
    RUNNER_LEASE_CONFLICT: "The lease is held by somebody else, or has ended.",
    TENANT_POLICY_DENIED: "It belongs to another tenant or project.",
    RATE_LIMITED: "Too many calls.",
    UNAVAILABLE: "The database is away; the same call may succeed later.",
    INTERNAL_SERVER_ERROR: "A fault of the service.",
  },
);
