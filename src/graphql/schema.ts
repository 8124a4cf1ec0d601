import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import "./backend.js";
import { builder } from "./builder.js";
import "./command-mutations.js";
import "./command-subscriptions.js";
import "./command.js";
import "./event/event.js";
import "./event/list.js";
import "./event/mutations.js";
import "./event/object-types.js";
import "./event/subscriptions.js";
import "./health.js";
import "./inbox/attention.js";
import "./inbox/counts.js";
import "./inbox/mark-mutations.js";
import "./inbox/session-list.js";
import "./inbox/subscriptions.js";
import "./input-request/list.js";
import "./input-request/mutations.js";
import "./input-request/request.js";
import "./input-request/subscription.js";
import "./lease-mutations.js";
import "./node.js";
import "./plan.js";
import "./queue/attempt-mutations.js";
import "./queue/attempt.js";
import "./queue/stats.js";
import "./queue/subscription.js";
import "./queue/task-mutations.js";
import "./queue/task.js";
import "./run/list.js";
import "./run/mutations.js";
import "./run/run.js";
import "./runner-job.js";
import "./runner.js";
import "./scalars.js";
import "./search.js";
import "./session-bulk.js";
import "./session-edits.js";
import "./session-tree.js";
import "./session.js";
import "./usage.js";
import "./viewer.js";

builder.queryType({
  description:
    "Reads data. Every field needs the scope reader (FORBIDDEN without it), except viewer and health. A field for one object gives null if the caller's tenant has no such object. A malformed argument is refused with BAD_USER_INPUT.",
  authScopes: { reader: true },
});
builder.mutationType({
  description:
    "Writes data. Each field says which scope it needs (FORBIDDEN without it). The scope operator includes the others. A malformed argument is refused with BAD_USER_INPUT.",
});
builder.subscriptionType({
  description:
    "Follows data as it changes, over WebSocket (graphql-transport-ws) or server-sent events (SSE). Every field needs the scope reader (FORBIDDEN without it), except runCommands, which a runner may follow too. A malformed argument is refused with BAD_USER_INPUT.",
  authScopes: { reader: true },
});

/** The schema, built once from the code. */
export const schema: GraphQLSchema = lexicographicSortSchema(builder.toSchema());

/** Prints the schema as schema.graphql holds it. */
export function printedSchema(): string {
  return `${printSchema(schema)}\n`;
}
