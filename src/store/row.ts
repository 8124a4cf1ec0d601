import type { Instant } from "../domain/instant.js";
import type { JsonObject } from "../domain/json.js";
import type {
  CommandModel,
  RunEventModel,
  RunModel,
  RunnerModel,
  SessionModel,
} from "../generated/prisma/models.js";

/** A row as the pool reads it: the model of schema.prisma with instants as text, bigint as number and JSON parsed. */
type Stored<Model> = { [Field in keyof Model]: StoredValue<Model[Field]> };
type StoredValue<Value> = Value extends Date ? Instant : Value extends bigint ? number : Value;

/** A session. */
export type SessionRow = Stored<Omit<SessionModel, "metadata" | "summary">> & {
  metadata: JsonObject;
  summary: JsonObject;
};

/** A run, without the hash of its lease token. */
export type RunRow = Stored<Omit<RunModel, "leaseTokenHash" | "metadata" | "resourceBundle">> & {
  metadata: JsonObject;
  resourceBundle: JsonObject | null;
};

/** A command. */
export type CommandRow = Stored<Omit<CommandModel, "payload">> & { payload: JsonObject };

/** An event of a run. */
export type RunEventRow = Stored<Omit<RunEventModel, "payload">> & { payload: JsonObject };

/** A runner. */
export type RunnerRow = Stored<Omit<RunnerModel, "attributes">> & { attributes: JsonObject };

/** The columns of a table as a select list that gives each its field's name: `project_id AS "projectId"`. */
export function selectList(fields: readonly string[], table = ""): string {
  return fields.map((field) => `${table && `${table}.`}${columnOf(field)} AS "${field}"`).join(", ");
}

/** The column of a field: `lastEventSeq` is `last_event_seq`. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
