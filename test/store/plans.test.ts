import { afterAll, beforeAll, expect, it } from "vitest";
import type { TenantStore } from "../../src/store/store.js";
import { fillRows, idOf } from "../bench/rows.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { append } from "../support/work.js";

/*
 * Plans are made once, whatever the tables hold then, and kept while they grow. Here they are made when all that is known of
 * events is that 1,000 belong to one run: the statistics by which a scan of all events looked as good as the index.
 */
let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  await fillRows(node.pool);
}, 60_000);
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

const run = idOf("run", 2);

const inboxWithLast = graphql(`
  query InboxWithLast { sessions { nodes { id lastRun { id } lastCommand { id } } } }
`);
const hundredEvents = graphql(`
  query HundredEvents($id: ID!) { run(id: $id) { events(first: 100) { nodes { seq } } } }
`);
it.each<[string, () => Promise<unknown>]>([
  ["an append", () => append(service, run, ["a"])],
  [
    "what followers read of runs and sessions",
    () =>
      Promise.all([
        node.logs.read("run", run, 0, null),
        node.logs.read("session", idOf("ses", 2), 0, ["DIFF"]),
      ]),
  ],
  ["the inbox", () => service.ask(inboxWithLast)],
  ["a page of events", () => service.ask(hundredEvents, { id: run })],
])("%s reads no table that grows from end to end", async (_what, work) => {
  const sent = (await recordStatements(work)).filter(({ name }) => name?.startsWith("s_"));
  expect(sent.length).toBeGreaterThan(0);
  for (const { text } of sent) {
    expect(await explain(text)).not.toMatch(/Seq Scan on (run_event|session|run|command)\b/);
  }
});

/** How Postgres goes about a statement, whatever its parameters. */
async function explain(text: string): Promise<string> {
  const connection = await node.pool.connect();
  try {
    await connection.query(`PREPARE explained AS ${text}`);
    const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    const values = Array.from({ length: parameters }, () => "NULL").join(", ");
    const { rows } = await connection.query<{ "QUERY PLAN": string }>(`EXPLAIN EXECUTE explained(${values})`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  } finally {
    await connection.query("DEALLOCATE ALL");
    connection.release(true);
  }
}
