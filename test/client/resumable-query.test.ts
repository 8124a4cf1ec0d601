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
    { variable: "from", field: "live", begins: null },
  ],
  [
    "one is declared where there are others",
    `subscription ($id: ID!) { runEvents(runId: $id) { events { id } } }`,
    `subscription ($resumeAfter_: String, $id: ID!) { runEvents(after: $resumeAfter_, runId: $id) { ${cursor}  events { id } } }`,
    { variable: "resumeAfter_", field: "runEvents", begins: null },
  ],
  [
    "one is declared where there are none, and no arguments",
    `subscription { sessionAttentionChanged { removedIds } }`,
    `subscription ($resumeAfter_: String) { sessionAttentionChanged(after: $resumeAfter_) { ${cursor}  removedIds } }`,
    { variable: "resumeAfter_", field: "sessionAttentionChanged", begins: null },
  ],
  [
    "a cursor that is written out is where it begins",
    `subscription { queueTasks(filter: { queue: "a{(" }, after: "c\\"1") { cursor tasks { id } } } # { runEvents }`,
    `subscription ($resumeAfter_: String) { queueTasks(filter: { queue: "a{(" }, after: $resumeAfter_) { ${cursor}  cursor tasks { id } } } # { runEvents }`,
    { variable: "resumeAfter_", field: "queueTasks", begins: 'c"1' },
  ],
  [
    "the operation that is named is taken, behind fragments",
    `fragment F on InputRequestBatch { removedIds } subscription A { inboxCounts { total } } subscription B { inputRequests @include(if: true) { ...F } }`,
    `fragment F on InputRequestBatch { removedIds } subscription A { inboxCounts { total } } subscription B($resumeAfter_: String) { inputRequests(after: $resumeAfter_) @include(if: true) { ${cursor}  ...F } }`,
    { variable: "resumeAfter_", field: "inputRequests", begins: null },
  ],
])("%s", (_name, query, expected, rest) => {
  const made = resumableQuery(query, "B") ?? resumableQuery(query);
  const bare = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll(/ ?([(){}]) ?/g, "$1");
  expect({ ...made, query: bare(made?.query ?? "") }).toEqual({ query: bare(expected), ...rest });
  const errors = validate(schema, parse(made?.query ?? "")).map(({ message }) => message);
  expect(errors.filter((message) => !message.includes("include"))).toEqual([]);
});

it.each([
  "{ viewer { tenantId } }",
  "subscription { inboxCounts { total } }",
  "subscription { ...F } fragment F on Subscription { queueTasks { cursor } }",
])("what cannot be resumed is left as it is: %s", (query) => {
  expect(resumableQuery(query)).toBeUndefined();
});
