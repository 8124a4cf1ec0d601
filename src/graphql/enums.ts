import { commandStates, commandTypes } from "../domain/command.js";
import { type ErrorCode as Code, errorCodes } from "../domain/errors.js";
import {
  type RunEventType as EventType,
  meaningOf,
  outputStreams,
  runEventTypes,
  toolCallStatuses,
} from "../domain/event.js";
import { failureKinds } from "../domain/failure.js";
import { inputDecisions, inputRequestKinds, inputRequestStates } from "../domain/input-request.js";
import { attentionReasons, attentionStates } from "../domain/inbox/attention.js";
import { listStates, sessionLevels, sessionOrders } from "../domain/inbox/list.js";
import { planEntryStatuses } from "../domain/plan.js";
import { queueTaskStates } from "../domain/queue/task.js";
import { runStatuses, terminalStatuses } from "../domain/run.js";
import { searchFields } from "../domain/search/place.js";
import { executionStates } from "../domain/session.js";
import { builder } from "./builder.js";

/** Makes an enum whose values are the domain's own words, each with a description. */
export function enumOf<const Words extends readonly string[]>(
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
  "How far a run has come. It is PENDING, then CLAIMED, then one of the others. A run whose lease ran out is PENDING again, and a pending run may end without a claim.",
  runStatuses,
  {
    PENDING: "The run waits for a runner.",
    CLAIMED: "A runner holds the run and works on it.",
    COMPLETED: "The run ended well.",
    FAILED: "The run ended by a failure.",
    BLOCKED: "The run ended because it could not go on without help.",
    CANCELLED: "The run ended because somebody cancelled it.",
  },
);

export const TerminalStatus = enumOf(
  "TerminalStatus",
  "How a run, a turn or another command ended.",
  terminalStatuses,
  {
    COMPLETED: "It ended well.",
    FAILED: "It ended by a failure.",
    BLOCKED: "It ended because it could not go on without help.",
    CANCELLED: "It ended because somebody cancelled it.",
  },
);

export const CommandType = enumOf("CommandType", "What a command asks of a run.", commandTypes, {
  TURN: "Asks the agent to work on a prompt.",
  STEER: "Asks the agent to take something into account in the work that is under way.",
  INTERRUPT:
    "Asks the runner to stop what it is doing. It is a message to the runner alone: it does not make the session RUNNING and answers no input request.",
  ANSWER:
    "A person's answer to an input request, or word that none came in time. It is a message to the runner alone, which completes it by acknowledging it. The service alone creates it.",
});

export const CommandState = enumOf(
  "CommandState",
  "How far a command has come. It is PENDING, then ACKNOWLEDGED, then one of the others. A pending command may end without being acknowledged.",
  commandStates,
  {
    PENDING: "No runner has taken the command yet.",
    ACKNOWLEDGED: "The runner has taken the command.",
    COMPLETED: "The command ended well.",
    FAILED: "The command ended by a failure, or because it was blocked.",
    CANCELLED: "The command ended because it or its run was cancelled.",
  },
);

export const QueueTaskState = enumOf(
  "QueueTaskState",
  "How far a queue task, or an attempt at one, has come. A task is PENDING, then RUNNING, then one of the others. A task whose attempt ran out or was given back is PENDING again, and a pending task may end without running. An attempt is never PENDING.",
  queueTaskStates,
  {
    PENDING: "The task waits for a runner.",
    RUNNING: "An attempt is under way.",
    COMPLETED: "It ended well.",
    FAILED: "It ended by a failure. An attempt also fails when its lease runs out.",
    BLOCKED: "It ended because it could not go on without help.",
    CANCELLED:
      "It ended because somebody cancelled it. An attempt is also CANCELLED when its runner gives the task back.",
  },
);

export const SessionExecutionState = enumOf(
  "SessionExecutionState",
  "Whether a session's agent works. A session is IDLE, then RUNNING, then TERMINAL, and RUNNING again with new work.",
  executionStates,
  {
    IDLE: "Nothing has been asked of the session yet.",
    RUNNING: "A turn or steer of the session has not ended, or one of its runs is claimed.",
    TERMINAL: "The session's last work has ended.",
  },
);

export const SessionListState = enumOf(
  "SessionListState",
  "Which sessions a list holds for its reader. Sessions that the reader has archived or snoozed are left out, unless the filter's `archived` or `snoozed` asks for them.",
  listStates,
  {
    DEFAULT:
      "Sessions that are active or unread, or that ask for approval or input: what a person has to look at.",
    ALL: "All sessions.",
    RUNNING: "Sessions that are active: see Session.active.",
    UNREAD:
      "Sessions that are not active and that have something new for the reader, or that the reader has marked unread.",
    READ: "Sessions that are not active and that have nothing new for the reader.",
    TERMINAL: "Sessions whose last work has ended, read or unread.",
    IDLE: "Sessions of which nothing has been asked yet, read or unread.",
  },
);

export const SessionLevel = enumOf("SessionLevel", "Which sessions of a tree a list holds.", sessionLevels, {
  ROOTS: "Sessions without a parent, each standing for all below it.",
  ALL: "Every session, each for itself; a root still stands for all below it.",
});

export const SessionOrder = enumOf(
  "SessionOrder",
  "The order in which a list of sessions comes.",
  sessionOrders,
  {
    ATTENTION:
      "Sessions that the reader has pinned come first, then the others. Among each, those that ask for approval come first, then those that ask for input, the other active ones, the unread, and the read. Within these they are ordered by lastActivityAt, then updatedAt, then id, newest first.",
    LAST_ACTIVITY: "Ordered by lastActivityAt, then updatedAt, then id, newest first.",
    CREATED: "Ordered by createdAt, then id, newest first.",
  },
);

export const AttentionState = enumOf(
  "AttentionState",
  "How a session stands with one reader.",
  attentionStates,
  {
    ACTIVE: "The session is active: see Session.active.",
    UNREAD:
      "The session is not active and has a newer version than the reader has read, or the reader has marked it unread.",
    READ: "The session is not active, and the reader has read its newest version.",
  },
);

export const AttentionReason = enumOf(
  "AttentionReason",
  "Why a session asks for attention, or why it does not. If several reasons hold, an open input request comes first, then a lease that ran out, then how the session's work stands.",
  attentionReasons,
  {
    WORKING: "The session's agent works.",
    NEEDS_INPUT: "The agent has asked a question, and no turn or steer has answered yet.",
    NEEDS_APPROVAL: "The agent has asked for an approval, and no turn or steer has answered yet.",
    FINISHED: "The session's last work ended well.",
    FAILED: "The session's last work failed.",
    BLOCKED: "The session's last work could not go on without help.",
    CANCELLED: "The session's last work was cancelled.",
    STALE: "The lease of one of the session's runs ran out, and no runner has claimed that run again.",
    IDLE: "Nothing has been asked of the session yet.",
  },
);

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

export const InputRequestKind = enumOf(
  "InputRequestKind",
  "What an agent asks a person for.",
  inputRequestKinds,
  {
    QUESTION: "The agent asks for an answer.",
    APPROVAL: "The agent asks for permission to go on.",
    AUTHENTICATION: "The agent asks that a person signs in, or otherwise acts, somewhere else: see url.",
  },
);

export const InputRequestState = enumOf(
  "InputRequestState",
  "How an input request stands. It is OPEN, then one of the others, which it stays.",
  inputRequestStates,
  {
    OPEN: "It waits for a person.",
    ANSWERED: "A person answered it, here or elsewhere.",
    EXPIRED: "No answer came in time.",
    WITHDRAWN: "No answer is needed any more: its turn, run or session has ended, or the agent said so.",
  },
);

export const InputDecision = enumOf("InputDecision", "What a person decided.", inputDecisions, {
  APPROVED: "Yes, for an approval or an authentication.",
  DENIED: "No. A question that is DENIED was declined.",
  ANSWERED: "The answer to a question.",
});

export const FailureKind = enumOf("FailureKind", "Why something did not end well.", failureKinds, {
  SCHEMA_INVALID: "What was sent is not valid.",
  CANCELLED: "It was cancelled.",
  RUNNER_LEASE_CONFLICT: "Another runner holds the lease, or the lease has ended.",
  TENANT_POLICY_DENIED: "It belongs to another tenant or project.",
  INFRA_FAILED: "Something that the service needs, such as its database, does not answer.",
  LEASE_EXPIRED: "The leases of the runners that held it ran out.",
  PROVIDER_UNAVAILABLE: "The model's provider did not answer.",
  PROVIDER_STREAM_DISCONNECTED: "The model's provider broke off its answer.",
  PROVIDER_AUTH_FAILED: "The model's provider refused the credentials.",
  PROVIDER_RATE_LIMITED: "The model's provider refused the call because there were too many.",
  BACKEND_FAILED: "The agent's backend failed.",
  BACKEND_TIMEOUT: "The agent's backend took too long.",
  BACKEND_PROTOCOL_ERROR: "The agent's backend sent something that was not understood.",
  SECRET_UNAVAILABLE: "A credential that the run needs was not available.",
});

export const ErrorCode = enumOf(
  "ErrorCode",
  "The values of `extensions.code`, which every error has. Beside it, `httpStatus` gives the HTTP status that the code stands for, and `retryable` tells whether the same call may succeed later.",
  Object.keys(errorCodes) as Code[],
  {
    GRAPHQL_PARSE_FAILED: "The document is not GraphQL, or is too long.",
    GRAPHQL_VALIDATION_FAILED: "The document does not fit the schema.",
    BAD_USER_INPUT: "An argument is wrong. The message names it and says what is allowed.",
    QUERY_TOO_COMPLEX:
      "The operation asks for too many fields, counted with the sizes of pages, or nests them too deep. The message gives the limit.",
    UNAUTHENTICATED: "The caller sent no valid token.",
    FORBIDDEN: "The caller's token lacks the scope that is needed.",
    NOT_FOUND: "The caller's tenant has nothing with this id or name.",
    CONFLICT: "The state of the queue task does not allow the change.",
    IDEMPOTENCY_KEY_REUSED: "The idempotency key was used before with other content.",
    PRECONDITION_FAILED:
      "The thing has changed since the version that the caller named; `details` tells the version that was expected and the actual one. HTTP status 412.",
    ALREADY_TERMINAL: "The run or queue task has ended.",
    RUNNER_LEASE_CONFLICT: "The lease is held by another runner or has ended, or its token is missing.",
    TENANT_POLICY_DENIED: "The call names another tenant, or a session of another project.",
    RATE_LIMITED: "The caller has too many operations or connections open.",
    UNAVAILABLE:
      "The database or something else that the service needs does not answer, the service is closing, or a subscription broke. The same call may succeed later.",
    INTERNAL_SERVER_ERROR:
      "The service has a fault. The fault is logged, and the message does not tell its cause.",
  },
);

export const SearchField = enumOf("SearchField", "What kind of text something stands in.", searchFields, {
  TITLE: "A session's title.",
  PROMPT: "What a turn, a steer or an answer says to the agent.",
  MESSAGE: "A message of the agent or of a person, what the agent thinks, or the steps of its plan.",
  OUTPUT: "What a process printed.",
  TOOL: "A tool call: its name, input and output.",
  DIFF: "A change of files, with its path.",
  ERROR: "An error, or why a run ended.",
  REQUEST: "What the agent asks of people: its words, its choices, and what it wants to do.",
});
