import { afterAll, beforeAll, expect, it } from "vitest";
import {
  findCandidates,
  findCandidatesOfSessions,
  findOpenSessions,
} from "../../src/store/search/candidate.js";
import { readTexts } from "../../src/store/search/text.js";
import { findTenantsToIndex, findUnindexed, readUnindexed } from "../../src/store/search/find.js";
import { makeBase } from "../../src/store/inbox/base/keep.js";
import { readKept } from "../../src/store/inbox/base/read.js";
import { figures } from "../../src/store/inbox/counts.js";
import type { TenantStore } from "../../src/store/store.js";
import { fillRows, idOf } from "../bench/rows.js";
import { writer } from "../support/deltas.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, appendEvents, claim, createRun } from "../support/work.js";

/*
 * Plans are made once, whatever the tables hold then, and kept while they grow. Here they are made when all that is known of
 * events is that 1,000 belong to one run: the statistics by which a scan of all events looked as good as the index.
 */
const run = idOf("run", 2);

let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  await fillRows(node.pool);
  await node.pool.query(`
    INSERT INTO search_block SELECT tenant_id, id, 0, 0, 1, 1, 1, created_at, created_at, ARRAY[version::int, 0] FROM session;
    ANALYZE search_block`);
  // Requests were open in one run when plans were made: half of a table of one page looked as good as any index.
  await node.pool.query(`
    INSERT INTO input_request (tenant_id, id, run_id, session_id, project_id, event_seq, kind, prompt, requested_at, due_at, choice_ids)
    SELECT tenant_id, 'inp_' || lpad(to_hex(i), 32, '0'), '${run}', '${idOf("ses", 2)}', 'p', i, 'QUESTION', '?', now(),
      '9999-12-31 23:59:59.999999+00', '{}' FROM tenant, generate_series(1, 1000) AS i;
    ANALYZE input_request`);
}, 60_000);
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

const inboxWithLast = graphql(`
  query InboxWithLast { sessions { nodes { id lastRun { id } lastCommand { id } } } }
`);
const hundredEvents = graphql(`
  query HundredEvents($id: ID!) { run(id: $id) { events(first: 100) { nodes { seq } } } }
`);
const asked = graphql(`
  query AskedInPlans($filter: InputRequestFilter, $after: String) {
    inputRequests(first: 50, filter: $filter, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
  }
`);
it.each<[string, () => Promise<unknown>]>([
  [
    "pages of what is asked",
    async () => {
      const { inputRequests } = await service.ask(asked);
      await service.ask(asked, { after: inputRequests.pageInfo.endCursor ?? null });
      await service.ask(asked, { filter: { projectId: "p" } });
      await service.ask(asked, { filter: { runId: run } });
      await service.ask(asked, { filter: { session: { id: idOf("ses", 2) } } });
      await service.ask(asked, { filter: { states: ["ANSWERED", "EXPIRED"] } });
    },
  ],
  ["an append", () => append(service, run, ["a"])],
  [
    "what followers read of runs and sessions",
    () =>
      Promise.all([
        node.logs.read("run", run, 0, null),
        node.logs.read("session", idOf("ses", 2), 0, ["DIFF"]),
      ]),
  ],
  [
    "a delta, its event, and what followers read of deltas",
    async () => {
      const runId = await createRun(service);
      const holder = { runId, ...(await claim(service, runId)) };
      const write = writer(service, holder);
      await write("a ");
      await write("b ");
      await node.deltas.read("run", runId, new Map(), null);
      await node.deltas.read("session", idOf("ses", 2), new Map(), ["TOOL_CALL"]);
      const events = [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: "a", streamId: "s" } }];
      await appendEvents(service, { runId, leaseToken: holder.leaseToken, events });
    },
  ],
  ["the inbox", () => service.ask(inboxWithLast)],
  [
    "what reads kept counts",
    async () => {
      await makeBase(node, "local");
      const filters = [{ state: "ALL", projectId: "project-1" }, { state: "ALL" }] as const;
      const kept = await readKept(node, { filters, readerId: "local" }, figures);
      expect(kept?.rows[0]?.total).toBeGreaterThan(0);
    },
  ],
  [
    "a search",
    async () => {
      const asked = [{ bucket: 1, grams: [1, 2] }];
      const narrowing = {
        fields: 1,
        after: null,
        before: null,
        projectId: null,
        backendProfile: null,
        labelsAll: null,
        labelsAny: null,
      };
      const blocks = await findCandidates(node, { ...narrowing, asked }, { limit: 10, last: null });
      await findCandidatesOfSessions(node, [idOf("ses", 2)], { ...narrowing, asked });
      await findOpenSessions(
        node,
        blocks.map(({ sessionId }) => sessionId),
      );
      const stretch = { sessionId: idOf("ses", 1), fromSeq: 1, toSeq: 9, freeSeq: 0 };
      await readTexts(node, [stretch], { types: ["ERROR"], bytes: 1, events: 1 });
    },
  ],
  [
    "a look for what is not indexed",
    async () => {
      await findUnindexed(node, { indexedUpTo: "2026-01-01T00:00:00Z", version: 0 }, 10);
      await readUnindexed(node, [idOf("ses", 2)]);
      await findTenantsToIndex(node.pool);
    },
  ],
  ["a page of events", () => service.ask(hundredEvents, { id: run })],
])("%s reads no table that grows from end to end", async (_what, work) => {
  const sent = (await recordStatements(work)).filter(({ text }) => /\btenant_id\b/.test(text));
  expect(sent.length).toBeGreaterThan(0);
  for (const { text } of sent) {
    expect(await explain(text)).not.toMatch(
      /Seq Scan on (run_event|session|run|command|input_request|search_block|search_session)\b/,
    );
  }
});

/** How Postgres goes about a statement, whatever its parameters. */
async function explain(text: string): Promise<string> {
  const connection = await node.pool.connect();
  try {
    await connection.query(`PREPARE explained AS ${text}`);
    const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    const values = Array.from({ length: parameters }, () => "NULL").join(", ");
    const { rows } = await connection.query<{ "QUERY PLAN": string }>(
      `EXPLAIN EXECUTE explained${values && `(${values})`}`,
    );
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  } finally {
    await connection.query("DEALLOCATE ALL");
    connection.release(true);
  }
}
