import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import "./backend.js";
import { builder } from "./builder.js";
import "./command-mutations.js";
import "./command-subscriptions.js";
import "./command.js";
import "./event-mutations.js";
import "./event-subscriptions.js";
import "./event-types.js";
import "./event.js";
import "./health.js";
import "./inbox/attention.js";
import "./inbox/mark-mutations.js";
import "./inbox/session-list.js";
import "./inbox/subscriptions.js";
import "./node.js";
import "./queue/attempt-mutations.js";
import "./queue/attempt.js";
import "./queue/stats.js";
import "./queue/subscription.js";
import "./queue/task-mutations.js";
import "./queue/task.js";
import "./run-mutations.js";
import "./run.js";
import "./runner-job.js";
import "./runner.js";
import "./scalars.js";
import "./session.js";
import "./viewer.js";

builder.queryType({
  description: "Reading. Needs the scope reader, but for viewer and health.",
  authScopes: { reader: true },
});
builder.mutationType({ description: "Writing. Each field says which scope it needs." });
builder.subscriptionType({
  description: "Following. Needs the scope reader. Over WebSocket (graphql-transport-ws) or SSE.",
  authScopes: { reader: true },
});

/** The schema, made once from the code. */
export const schema: GraphQLSchema = lexicographicSortSchema(builder.toSchema());

/** The schema as schema.graphql holds it. */
export function printedSchema(): string {
  return `${printSchema(schema)}\n`;
}
