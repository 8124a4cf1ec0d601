import pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { schema } from "../../src/graphql/schema.js";
import { type Taste, createRequest } from "../fuzz/document.js";
import { Known } from "../fuzz/known.js";
import { eventOf } from "../fuzz/payloads.js";
import { createRandom } from "../support/random.js";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";
import { claim, createCommand, createRun, finishRun } from "../support/work.js";

// How many random documents are tried. The long form: COMPILED_DOCUMENTS=10000 npx vitest run test/api/compiled.test.ts
const documents = Number(process.env["COMPILED_DOCUMENTS"] ?? 200);
const seed = Number(process.env["COMPILED_SEED"] ?? 1);

let service: TestService;
let interpreting: TestService;
const known = new Known();
beforeAll(async () => {
  service = await startService({ config: { shortRoad: true } });
  interpreting = await startService({ databaseUrl: service.databaseUrl, config: { shortRoad: false } });
  await fillWith(service, known);
});
afterAll(async () => {
  await interpreting.close();
  await service.close();
});

/** Sessions in trees, runs in all states, commands, events of all kinds, marks: with odd texts, numbers and keys. */
async function fillWith(asks: TestService, known: Known): Promise<void> {
  const random = createRandom(seed);
  let parent: string | undefined;
  for (let number = 0; number < 14; number += 1) {
    const session = {
      sessionId: `session-${number}`,
      ...(parent !== undefined && random.chance(0.4) ? { parent: { sessionId: parent } } : {}),
    };
    const title = random.pick([
      'a "title"',
      "\u0001 \u2028 \\ tab\t\u007f",
      "é\u{1f98a}",
      "a title of words",
    ]);
    const metadata = {
      title,
      b: { 7: 1, "07": 1.5, a: [0.1, 1e-7, -0, null, {}] },
      10: title,
      9: [],
      aa: "",
    };
    const runId = await createRun(asks, { session, metadata });
    parent = session.sessionId;
    if (number % 7 === 6) continue;
    if (number % 3 > 0)
      await createCommand(asks, runId, "TURN", { [random.pick(["prompt", "text", "other"])]: title, n: 1.5 });
    const lease = number % 4 > 0 ? await claim(asks, runId, { leaseSeconds: 3_600 }) : {};
    for (let each = 0; each < 6; each += 1) {
      const input = { runId, events: [eventOf(random)], ...lease };
      // A text that is too odd is refused.
      await asks.call("mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }", {
        input: { runId, events: input.events, leaseToken: (lease as { leaseToken?: string }).leaseToken },
      });
    }
    if (number % 5 === 0)
      await finishRun(asks, runId, { terminalStatus: "FAILED", failureKind: "BACKEND_FAILED" });
    const mark = random.pick(["markSessionRead", "archiveSession", "pinSession", "markSessionUnread"]);
    await asks.call(
      `mutation ($by: SessionRef!, $reader: String) { ${mark}(session: $by, readerId: $reader) { __typename } }`,
      { by: { sessionId: session.sessionId }, reader: random.pick(["ada", 'a/ä " reader']) },
    );
  }
  await createRun(asks);
  const overview = await asks.ask(`{
    sessions(filter: { state: ALL, level: ALL }) { edges { cursor } pageInfo { endCursor } nodes { id sessionId version timeline(first: 3) { edges { cursor } } } }
    runs { edges { cursor } nodes { id projectId commands { nodes { id } } events { edges { cursor } nodes { id } } } }
    runners { nodes { id } }
  }`);
  known.learn(overview);
}

const taste: Taste = {
  kinds: ["query"],
  likes: ({ extensions }) => "reads" in extensions || "pothosExposedField" in extensions,
  oddness: [0, 0, 0.02, 0.2],
  directives: 0.002,
};

async function textOfAnswer({ url }: TestService, body: string): Promise<string> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const response = await fetch(url, { method: "POST", headers, body });
  return `${response.status} ${response.headers.get("content-type")} ${withoutLateErrors(await response.text())}`;
}

interface Answer {
  data?: unknown;
  errors?: { path?: readonly (string | number)[] }[];
}

/**
 * An answer's text. Where an error made an object null above it, which further errors there are below that object is left open, and
 * depends on which came in time (GraphQL, October 2021, 6.4.4): of them all, only where the null is remains. Fields are
 * worked out at once, so that their errors have no order.
 */
function withoutLateErrors(text: string): string {
  if (!text.includes('"errors"')) return text;
  const { data, errors = [], ...rest } = JSON.parse(text) as Answer;
  const told = errors.map((error) => {
    const path = error.path ?? [];
    const at = pathOfNull(data, path);
    return JSON.stringify(at.length < path.length ? { path: at } : error);
  });
  return `${JSON.stringify({ data, ...rest })} ${[...new Set(told)].toSorted().join(" ")}`;
}

/** The part of a path on which the first null is; all of it if there is none before. */
function pathOfNull(data: unknown, path: readonly (string | number)[]): readonly (string | number)[] {
  let value = data;
  for (const [depth, step] of path.entries()) {
    if (value === null || value === undefined) return path.slice(0, depth);
    value = (value as Record<string | number, unknown>)[step];
  }
  return path;
}

/** Asks for one more thing of a session, and marks it: what lists say, and in which order, changes. */
async function changeSomething(number: number): Promise<void> {
  const sessionId = `session-${number % 14}`;
  const by = { sessionId };
  const { runs } = (
    await service.ask<{ session: { runs: { nodes: { id: string }[] } } }>(
      `query ($by: SessionRef!) { session(by: $by) { runs(first: 1) { nodes { id } } } }`,
      { by },
    )
  ).session;
  await service.call(`mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`, {
    input: {
      runId: runs.nodes[0]?.id,
      events: [{ type: "ERROR", payload: { message: `change ${number}` } }],
    },
  });
  await service.call(
    `mutation ($by: SessionRef!) { ${number % 2 ? "pinSession" : "archiveSession"}(session: $by) { __typename } }`,
    { by },
  );
}

it(`${documents} random documents have the same answers, byte for byte, by a statement and by resolvers`, async () => {
  let compiled = 0;
  let answered = 0;
  let others = 0;
  for (let number = 0; number < documents; number += 1) {
    const { query, variables } = createRequest(schema, createRandom(seed * 1_000_003 + number), known, taste);
    // The time of the answer is another in each.
    if (query.includes("generatedAt")) continue;
    const body = JSON.stringify({ query, variables });
    const expected = await textOfAnswer(interpreting, body);
    // What comes a third time is compiled.
    await textOfAnswer(service, body);
    await textOfAnswer(service, body);
    let text = "";
    const statements = await recordStatements(async () => {
      text = await textOfAnswer(service, body);
    });
    if (text !== expected)
      process.stdout.write(
        `${number}\n${query}\n${JSON.stringify(variables)}\n${expected}\n${text}\n${statements.map(({ text }) => text).join("\n")}`,
      );
    expect(text).toBe(expected);
    // The statement that was made serves again, for what is there by then.
    await changeSomething(number);
    const changed = await textOfAnswer(interpreting, body);
    expect(await textOfAnswer(service, body)).toBe(changed);
    if (changed !== expected) others += 1;
    const isCompiled = statements.some((statement) => statement.text.endsWith(" AS answer"));
    if (isCompiled) compiled += 1;
    if (!expected.includes('"errors"')) answered += 1;
  }
  process.stdout.write(
    `compiled ${compiled} of ${documents}, answered ${answered}, ${others} otherwise after a change\n`,
  );
  // Some one or two in a hundred.
  expect(others).toBeGreaterThan(documents / 200);
  expect(compiled).toBeGreaterThan(documents / 4);
}, 3_600_000);

it("where a row that must be there is gone, the answer is that of the resolvers", async () => {
  type Asked = { runs: { nodes: { id: string; commands: { nodes: { id: string }[] } }[] } };
  const { runs } = await service.ask<Asked>("{ runs { nodes { id commands(first: 1) { nodes { id } } } } }");
  const run = runs.nodes.find(({ commands }) => commands.nodes.length > 0);
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  onTestFinished(() => client.end());
  // No foreign key is asked.
  await client.query("SET session_replication_role = replica");
  await client.query("DELETE FROM run WHERE id = $1", [run?.id]);
  for (const query of [
    `{ __typename node(id: "${run?.commands.nodes[0]?.id}") { id ... on Command { type run { status } } } }`,
    "{ sessions(filter: { state: ALL, level: ALL }) { nodes { id lastCommand { id run { status } } } } }",
  ]) {
    const body = JSON.stringify({ query });
    const expected = await textOfAnswer(interpreting, body);
    expect(expected).toContain('"path"');
    for (let time = 0; time < 4; time += 1) expect(await textOfAnswer(service, body)).toBe(expected);
  }
});
