import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestService, startService } from "../support/start-service.js";
import { append, claim, createCommand, createRun, finishRun, uniqueName } from "../support/work.js";

let service: TestService;
let runId: string;
const by = { sessionId: uniqueName("session") };
beforeAll(async () => {
  service = await startService();
  runId = await createRun(service, { session: by, metadata: { a: [1, { b: null }] } });
  await createCommand(service, runId);
  const { leaseToken } = await claim(service, runId);
  await append(service, runId, ["one", "two"], { leaseToken });
  await finishRun(service, await createRun(service), {
    terminalStatus: "FAILED",
    failureKind: "BACKEND_FAILED",
  });
});
afterAll(() => service.close());

const missing = `run_${"0".repeat(32)}`;

/** Operations whose answers must not depend on how often they came: a query that comes again is compiled. */
it.each<[string, string, Record<string, unknown>?]>([
  [
    "scalars, enums and nulls",
    `{ runs { nodes { id status terminalStatus failureKind metadata createdAt lastEventSeq } } }`,
  ],
  [
    "interfaces and their types",
    `query ($id: ID!) { run(id: $id) { events { nodes { __typename id seq ... on AssistantMessageEvent { text } ... on BackendStatusEvent { phase } } } } }`,
  ],
  [
    "fragments and aliases",
    `query ($id: ID!) { a: run(id: $id) { ...f } b: node(id: $id) { __typename ...f } } fragment f on Run { id session { sessionId } }`,
  ],
  [
    "defaults of variables and arguments",
    `query ($first: Int = 1) { runs(first: $first) { nodes { id } pageInfo { hasNextPage } } }`,
  ],
  [
    "variables in a filter",
    `query ($filter: RunFilter) { runs(filter: $filter) { totalCount nodes { status } } }`,
    { filter: { statuses: ["FAILED"], createdBefore: "2100-01-01T00:00:00Z" } },
  ],
  ["a oneOf input", `query ($by: SessionRef!) { session(by: $by) { id lastRun { id } } }`, { by }],
  [
    "directives",
    `query ($id: ID!, $no: Boolean = false) { run(id: $id) { id @skip(if: true) status @include(if: $no) projectId } }`,
  ],
  ["null for what is missing", `query { run(id: "${missing}") { id } nodes(ids: ["${missing}"]) { id } }`],
  ["an error in a nullable field", `query ($id: ID!) { run(id: "x") { id } other: run(id: $id) { id } }`],
  [
    "an error in a non-null field of a list",
    `query ($id: ID!) { nodes(ids: [$id]) { ... on Run { id events(first: 501) { nodes { id } } } } }`,
  ],
  [
    "an error of a non-null field, which takes its parent",
    `query ($id: ID!) { run(id: $id) { id events(afterSeq: -1) { nodes { id } } } }`,
  ],
  [
    "a wrong variable",
    `query ($filter: RunFilter) { runs(filter: $filter) { totalCount } }`,
    { filter: { createdAfter: "soon" } },
  ],
  ["a missing variable", `query ($missing: ID!) { run(id: $missing) { id } }`],
  [
    "both names of a oneOf input",
    `query ($by: SessionRef!) { session(by: $by) { id } }`,
    { by: { id: "a", sessionId: "b" } },
  ],
  [
    "introspection",
    `{ __type(name: "RunEvent") { kind possibleTypes { name } fields { name } } __typename }`,
  ],
  [
    "too much",
    `{ sessions(first: 100) { nodes { runs(first: 100) { nodes { commands(first: 100) { nodes { id } } } } } } }`,
  ],
])("%s: the answer is the same each time", async (_what, query, variables) => {
  const answers = [];
  for (let time = 0; time < 5; time += 1)
    answers.push(await service.call(query, { id: runId, ...variables }));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});
