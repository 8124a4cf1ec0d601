// What is done with each text and each JSON value that a caller may send. Every such field of every input is here, so that
// none is forgotten: test/domain/intake-list.test.ts compares this list with schema.graphql.

/**
 * What is done with a field:
 * - `redacted`: free text or JSON; secrets are taken out before it is stored.
 * - `name`: stored as it is, since it is looked up again; refused if it holds a secret.
 * - `key`: an id, a word of an enumeration, a lease token, or what is only looked for.
 */
type Intake = "redacted" | "name" | "key";

const bySchema = {
  AcknowledgeCommandInput: { leaseToken: "key" },
  AnswerInputRequestInput: { choiceIds: "key", comment: "name", idempotencyKey: "name", value: "name" },
  AppendEventsInput: { idempotencyKey: "name", leaseToken: "key" },
  ArchiveSessionInput: { readerId: "key" },
  CancelCommandInput: { reason: "redacted" },
  CancelQueueTaskInput: { reason: "redacted" },
  CancelRunInput: { reason: "redacted" },
  CancelSessionInput: { reason: "redacted" },
  ClaimNextRunInput: { backendProfiles: "key", idempotencyKey: "name", projectId: "key" },
  ClaimQueueTaskInput: { idempotencyKey: "name", lanes: "key", queue: "key" },
  CloseInputRequestInput: { choiceIds: "key", comment: "redacted", leaseToken: "key", value: "redacted" },
  CreateCommandInput: { idempotencyKey: "name", payload: "redacted" },
  CreateQueueTaskInput: {
    backendProfile: "name",
    idempotencyKey: "name",
    lane: "name",
    payload: "redacted",
    projectId: "name",
    queue: "name",
    tenantId: "key",
    title: "redacted",
  },
  CreateRunInput: {
    backendProfile: "name",
    idempotencyKey: "name",
    metadata: "redacted",
    projectId: "name",
    resourceBundle: "redacted",
    tenantId: "key",
  },
  FinishCommandInput: { leaseToken: "key" },
  FinishRunInput: { leaseToken: "key" },
  HeartbeatQueueTaskInput: { leaseToken: "key" },
  HeartbeatRunInput: { leaseToken: "key" },
  InputRequestFilter: { projectId: "key" },
  MarkQueueTaskReadInput: { readerId: "key" },
  MarkSessionReadInput: { readerId: "key" },
  MarkSessionUnreadInput: { readerId: "key" },
  MarkSessionsReadInput: { readerId: "key" },
  PinSessionInput: { readerId: "key" },
  QueueTaskFilter: { lane: "key", projectId: "key", queue: "key" },
  RegisterRunnerInput: { attributes: "redacted", backendProfiles: "name", name: "name" },
  ReleaseQueueTaskInput: { leaseToken: "key" },
  ReleaseRunInput: { leaseToken: "key" },
  RunEventInput: { payload: "redacted" },
  RunFilter: { backendProfile: "key", projectId: "key" },
  RunTurnInput: { payload: "redacted" },
  SaveRunnerJobInput: {
    attemptId: "name",
    idempotencyKey: "name",
    image: "name",
    jobName: "name",
    managerUrl: "redacted",
    namespace: "name",
    payloadHash: "name",
    result: "redacted",
    runnerId: "name",
    serviceAccountName: "name",
    sourceCommit: "name",
  },
  SearchFilter: { backendProfile: "key", labelsAll: "key", labelsAny: "key", projectId: "key" },
  SendDeltaInput: { leaseToken: "key", streamId: "name", text: "redacted" },
  SessionFilter: {
    backendProfile: "key",
    labelsAll: "key",
    labelsAny: "key",
    projectId: "key",
    search: "key",
  },
  SessionRef: { sessionId: "key" },
  SessionAction: { addLabels: "name", removeLabels: "key" },
  SessionLinkInput: { label: "redacted", state: "redacted", url: "name" },
  SessionRefInput: {
    conversationId: "name",
    metadata: "redacted",
    parentToolCallId: "name",
    sessionId: "name",
    threadId: "name",
  },
  SnoozeSessionInput: { readerId: "key" },
  TurnResultInput: { failureMessage: "redacted", threadId: "name", turnId: "name" },
  UpdateQueueTaskAttemptInput: { failureMessage: "redacted", leaseToken: "key" },
  UpdateSessionsInput: { readerId: "key" },
  UpdateSessionInput: { addLabels: "name", metadata: "redacted", removeLabels: "key", title: "redacted" },
} as const satisfies Record<string, Record<string, Intake>>;

type BySchema = typeof bySchema;

/** A field that is refused if it holds a secret, as `CreateRunInput.projectId`. */
export type NameInput = { [Input in keyof BySchema]: NamesOf<Input> }[keyof BySchema];

type NamesOf<Input extends keyof BySchema> = {
  [Field in keyof BySchema[Input]]: BySchema[Input][Field] extends "name"
    ? `${Input}.${Extract<Field, string>}`
    : never;
}[keyof BySchema[Input]];

/** What is done with each field, by `Input.field`. */
export const intakeList: ReadonlyMap<string, Intake> = new Map(
  Object.entries(bySchema).flatMap(([input, fields]) =>
    Object.entries(fields).map(([field, intake]): [string, Intake] => [`${input}.${field}`, intake]),
  ),
);

/** Where an input stands that is part of another. */
const parts: Readonly<Record<string, string>> = {
  SessionAction: "input.action",
  SessionLinkInput: "input.links",
  SessionRefInput: "input.session",
  TurnResultInput: "input.result",
};

/** How a refusal names the field: `input.projectId`, `input.session.threadId`. */
export function fieldPath(place: NameInput): string {
  const [input = "", field = ""] = place.split(".");
  return `${parts[input] ?? "input"}.${field}`;
}
