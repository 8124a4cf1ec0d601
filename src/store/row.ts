import type { InputChoice } from "../domain/input-request.js";
import type { JsonObject, JsonValue } from "../domain/json-value.js";
import type { SessionLink } from "../domain/session-edit.js";
import type { Usage } from "../domain/usage.js";
import type {
  ApiKeyModel,
  CommandModel,
  InputRequestModel,
  QueueAttemptModel,
  QueueTaskModel,
  ReaderMarkModel,
  RunEventModel,
  RunModel,
  RunnerJobModel,
  RunnerModel,
  SessionModel,
} from "../generated/prisma/models.js";

// Rows are as both the pool and Prisma's client read them: the models of schema.prisma with instants as text and bigint as
// number (see prisma.config.ts), and JSON parsed, whose types are ours.

/** A session. */
export type SessionRow = Omit<SessionModel, "metadata" | "summary" | "links" | "usage"> & {
  metadata: JsonObject;
  links: readonly SessionLink[];
  summary: JsonObject;
  usage: Usage | null;
};

/**
 * What one reader has marked of a session, as far as it still holds. The time of archiving is null here if a newer
 * version has taken the session out of the archive, and the time of the snooze is null if the snooze is over.
 */
export type MarkRow = Omit<
  ReaderMarkModel,
  | "tenantId"
  | "readerId"
  | "archivedVersion"
  | "snoozedVersion"
  | "unreadVersion"
  | "keptVersion"
  | "changeVersion"
> & {
  readerId: string | null;
  /** The tenant's version at the newest change of the reader's marks; null if there is none. */
  markVersion: number | null;
};

/** A run, without the hash of its lease token and the key of its claim. */
export type RunRow = Omit<
  RunModel,
  "leaseTokenHash" | "claimKey" | "metadata" | "resourceBundle" | "usage"
> & {
  usage: Usage | null;
  /** True if the lease had expired when the row was read, by the database's clock. */
  leaseExpired: boolean;
  metadata: JsonObject;
  resourceBundle: JsonObject | null;
};

/** A command. */
export type CommandRow = Omit<CommandModel, "payload"> & { payload: JsonObject };

/** What an agent asks of people. */
export type InputRequestRow = Omit<
  InputRequestModel,
  "action" | "choices" | "answerSchema" | "value" | "payloadHash" | "idempotencyKey"
> & {
  action: JsonValue;
  choices: readonly InputChoice[];
  answerSchema: JsonValue;
  value: JsonValue;
};

/** An event of a run. */
export type RunEventRow = Omit<RunEventModel, "payload"> & { payload: JsonObject };

/** A runner. */
export type RunnerRow = Omit<RunnerModel, "attributes"> & {
  attributes: JsonObject;
  /** True if it was heard from within its last lease when the row was read, by the database's clock. */
  online: boolean;
};

/** An API key, without its hash. */
export type ApiKeyRow = Omit<ApiKeyModel, "hash">;

/** The record of a runner that was started elsewhere. */
export type RunnerJobRow = Omit<RunnerJobModel, "result"> & { result: JsonValue };

/** A queue task. */
export type QueueTaskRow = Omit<QueueTaskModel, "payload"> & { payload: JsonObject };

/** An attempt at a queue task, without the hash of its lease token and the key of its claim. */
export type QueueAttemptRow = Omit<QueueAttemptModel, "leaseTokenHash" | "claimKey">;

/** Makes the select list of a table's columns, in which each has its field's name: `project_id AS "projectId"`. */
export function selectList(fields: readonly string[], table = ""): string {
  return fields.map((field) => `${table && `${table}.`}${columnOf(field)} AS "${field}"`).join(", ");
}

/** Gives the name of a field's column: `last_event_seq` for `lastEventSeq`. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
