// What is done with each text and each JSON value that a caller may send. Every such field of every input is here, so that
// none is forgotten: test/domain/intake-list.test.ts compares this list with schema.graphql.

/**
 * What is done with a field:
 * - `redacted`: free text or JSON; secrets are taken out before it is stored.
 * - `name`: stored as it is, since it is looked up again; refused if it holds a secret.
 * - `key`: an id, a word of an enumeration, a lease token, the key of an idempotent call, or what is only looked for.
 */
type Intake = "redacted" | "name" | "key";

const bySchema = {
  AcknowledgeCommandInput: { leaseToken: "key" },
  AppendEventsInput: { idempotencyKey: "key", leaseToken: "key" },
  ArchiveSessionInput: { readerId: "key" },
  CancelCommandInput: { reason: "redacted" },
  CancelQueueTaskInput: { reason: "redacted" },
  CancelRunInput: { reason: "redacted" },
  ClaimNextRunInput: { backendProfiles: "key", projectId: "key" },
  ClaimQueueTaskInput: { lanes: "key", queue: "key" },
  CreateCommandInput: { idempotencyKey: "key", payload: "redacted" },
  CreateQueueTaskInput: {
    backendProfile: "name",
    idempotencyKey: "key",
    lane: "name",
    payload: "redacted",
    projectId: "name",
    queue: "name",
    tenantId: "key",
    title: "redacted",
  },
  CreateRunInput: {
    backendProfile: "name",
    idempotencyKey: "key",
    metadata: "redacted",
    projectId: "name",
    resourceBundle: "redacted",
    tenantId: "key",
  },
  FinishCommandInput: { leaseToken: "key" },
  FinishRunInput: { leaseToken: "key" },
  HeartbeatQueueTaskInput: { leaseToken: "key" },
  HeartbeatRunInput: { leaseToken: "key" },
  MarkQueueTaskReadInput: { readerId: "key" },
  MarkSessionReadInput: { readerId: "key" },
  MarkSessionUnreadInput: { readerId: "key" },
  MarkSessionsReadInput: { readerId: "key" },
  PinSessionInput: { readerId: "key" },
  QueueTaskFilter: { lane: "key", projectId: "key", queue: "key" },
  RegisterRunnerInput: { attributes: "redacted", backendProfiles: "name", name: "name" },
  ReleaseQueueTaskInput: { leaseToken: "key" },
  RunEventInput: { payload: "redacted" },
  RunFilter: { backendProfile: "key", projectId: "key" },
  SaveRunnerJobInput: {
    attemptId: "name",
    idempotencyKey: "key",
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
  SessionFilter: { backendProfile: "key", projectId: "key", search: "key" },
  SessionRef: { sessionId: "key" },
  SessionRefInput: { conversationId: "name", metadata: "redacted", sessionId: "name", threadId: "name" },
  SnoozeSessionInput: { readerId: "key" },
  TurnResultInput: { failureMessage: "redacted", threadId: "name", turnId: "name" },
  UpdateQueueTaskAttemptInput: { failureMessage: "redacted", leaseToken: "key" },
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
  SessionRefInput: "input.session",
  TurnResultInput: "input.result",
};

/** How a refusal names the field: `input.projectId`, `input.session.threadId`. */
export function fieldPath(place: NameInput): string {
  const [input = "", field = ""] = place.split(".");
  return `${parts[input] ?? "input"}.${field}`;
}
