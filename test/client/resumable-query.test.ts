import { parse, validate } from "graphql";
import { expect, it } from "vitest";
import { resumableQuery } from "../../src/client/graphql-ws/resumable-query.js";
import { schema } from "../../src/graphql/schema.js";

const cursor = "resumeCursor_: cursor";

it.each([
  [
    "a variable of its own is used",
    `subscription S($id: ID!, $from: String = "a") { live: runEvents(runId: $id, after: $from) { events { id } } }`,
    `subscription S($id: ID!, $from: String = "a") { live: runEvents(runId: $id, after: $from) { ${cursor}  events { id } } }`,
    { variable: "from", field: "live" },
  ],
  [
    "one is declared where there are others",
    `subscription ($id: ID!) { runEvents(runId: $id) { events { id } } }`,
    `subscription ($resumeAfter_: String, $id: ID!) { runEvents(after: $resumeAfter_, runId: $id) { ${cursor}  events { id } } }`,
    { variable: "resumeAfter_", field: "runEvents" },
  ],
  [
    "one is declared where there are none, and no arguments",
    `subscription { sessionAttentionChanged { removedIds } }`,
    `subscription ($resumeAfter_: String) { sessionAttentionChanged(after: $resumeAfter_) { ${cursor}  removedIds } }`,
    { variable: "resumeAfter_", field: "sessionAttentionChanged" },
  ],
  [
    "a cursor that is written out is where it begins",
    `subscription { queueTasks(filter: { queue: "a{(" }, after: "c\\"1") { cursor tasks { id } } } # { runEvents }`,
    `subscription ($resumeAfter_: String = "c\\"1") { queueTasks(filter: { queue: "a{(" }, after: $resumeAfter_) { ${cursor}  cursor tasks { id } } } # { runEvents }`,
    { variable: "resumeAfter_", field: "queueTasks" },
  ],
  [
    "the operation that is named is taken, behind fragments",
    `fragment F on InputRequestBatch { removedIds } subscription A { inboxCounts { total } } subscription B { inputRequests @include(if: true) { ...F } }`,
    `fragment F on InputRequestBatch { removedIds } subscription A { inboxCounts { total } } subscription B($resumeAfter_: String) { inputRequests(after: $resumeAfter_) @include(if: true) { ${cursor}  ...F } }`,
    { variable: "resumeAfter_", field: "inputRequests" },
  ],
  [
    "a cursor in a block string is where it begins",
    `subscription { runEvents(runId: "r", after: """c1""") { events { id } } }`,
    `subscription ($resumeAfter_: String = """c1""") { runEvents(runId: "r", after: $resumeAfter_) { ${cursor}  events { id } } }`,
    { variable: "resumeAfter_", field: "runEvents" },
  ],
  [
    "its field may stand in a fragment, which others may have too",
    `subscription B { ...F } subscription C($id: ID) { ... on Subscription { ...F } } fragment F on Subscription { queueTasks { tasks { id } } }`,
    `subscription B($resumeAfter_: String) { ...F } subscription C($resumeAfter_: String, $id: ID) { ... on Subscription { ...F } } fragment F on Subscription { queueTasks(after: $resumeAfter_) { ${cursor}  tasks { id } } }`,
    { variable: "resumeAfter_", field: "queueTasks" },
  ],
  [
    "its field may stand in a fragment in place",
    `subscription ($from: String) { ... @include(if: true) { ... on Subscription { inputRequests(after: $from) { removedIds } } } }`,
    `subscription ($from: String) { ... @include(if: true) { ... on Subscription { inputRequests(after: $from) { ${cursor}  removedIds } } } }`,
    { variable: "from", field: "inputRequests" },
  ],
])("%s", (_name, query, expected, rest) => {
  const made = resumableQuery(query, "B") ?? resumableQuery(query);
  const bare = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll(/ ?([(){}]) ?/g, "$1");
  expect({ ...made, query: bare(made?.query ?? "") }).toEqual({ query: bare(expected), ...rest });
  const errors = validate(schema, parse(made?.query ?? "")).map(({ message }) => message);
  expect(errors.filter((message) => !/include|"\$id" is never used/.test(message))).toEqual([]);
});

it.each([
  "{ viewer { tenantId } }",
  "subscription { inboxCounts { total } }",
  "subscription { ...F } fragment F on Subscription { ...F }",
  "subscription { ...F }",
])("what cannot be resumed is left as it is: %s", (query) => {
  expect(resumableQuery(query)).toBeUndefined();
});
