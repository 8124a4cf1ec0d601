import type { InputChoice } from "../domain/input-request.js";
import type { JsonObject, JsonValue } from "../domain/json-value.js";
import type { SessionLink } from "../domain/session-edit.js";
import type { UsageNumbers } from "../domain/usage.js";
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
  usage: UsageNumbers | null;
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
  usage: UsageNumbers | null;
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

/** The SQL of what rows hold, over their table, by the names of their fields. */
export type Columns = Readonly<Record<string, string>>;

/** Where rows are found one by one: the table, what they hold, and which of the table's rows are none. */
export interface RowSource {
  table: string;
  columns: Columns;
  /** A condition that each must meet. Default: none. */
  where?: string;
}

/** Makes the columns of a table's fields: `run.project_id` for `projectId`. */
export function columnsOf(fields: readonly string[], table: string): Columns {
  return Object.fromEntries(fields.map((field) => [field, `${table}.${columnOf(field)}`]));
}

/** Makes the select list of columns, in which each has its field's name: `run.project_id AS "projectId"`. */
export function selectOf(columns: Columns): string {
  return Object.entries(columns)
    .map(([field, sql]) => `${sql} AS "${field}"`)
    .join(", ");
}

/** Makes the select list of a table's fields. Without the table's name it is for where nothing is joined. */
export function selectList(fields: readonly string[], table = ""): string {
  return fields.map((field) => `${table && `${table}.`}${columnOf(field)} AS "${field}"`).join(", ");
}

/** Gives the name of a field's column: `last_event_seq` for `lastEventSeq`. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
