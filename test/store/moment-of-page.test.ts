import { afterAll, beforeAll, expect, it } from "vitest";
import type { Listing } from "../../src/store/listing/listing.js";
import { readParts } from "../../src/store/listing/parts.js";
import type { TenantStore } from "../../src/store/store.js";
import { found } from "../support/found.js";
import { openNode } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun, createSession, sessionOf } from "../support/work.js";

let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  await node.pool.query("CREATE SEQUENCE counted");
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

/** The runs of each session. Whoever reads their rows, or all of them to count them, also does this for each. */
const runs = (costs: { row?: string; whole?: string }): Listing => {
  const paying = (cost = "1") => ({
    sql: `CROSS JOIN LATERAL (SELECT ${cost} AS cost, length(run.id) OFFSET 0) AS paid`,
  });
  return {
    table: "run",
    columns: "run.id",
    parentColumn: "session_id",
    where: [{ sql: "paid.cost::text <> 'none'" }],
    join: { ordered: paying(costs.row), whole: paying(costs.whole) },
    order: [{ field: "id", type: "text" }],
    direction: "asc",
  };
};
const window = { limit: 10, backward: false, after: null, before: null, moment: { count: true } };

it("what is counted with a page is counted once for each parent, not for each of its rows", async () => {
  const parents: string[] = [];
  for (const count of [3, 1, 2]) {
    const { sessionId, runId } = await createSession(service);
    for (let run = 1; run < count; run += 1) await createRun(service, { session: { sessionId } });
    parents.push(await sessionOf(service, runId));
  }
  const parts = await readParts(node, runs({ whole: "nextval('counted')" }), parents, window);
  expect(parents.map((id) => [parts.get(id)?.rows.length, parts.get(id)?.count])).toEqual([
    [3, 3],
    [1, 1],
    [2, 2],
  ]);
  const { rows } = await node.pool.query<{ last: number }>("SELECT last_value::int AS last FROM counted");
  expect(rows).toEqual([{ last: 6 }]);
});

it("a page tells how long its count took, and nothing of how long its rows took is in it", async () => {
  const { runId } = await createSession(service);
  const parent = await sessionOf(service, runId);
  const rest = "pg_sleep(1)";
  const read = async (costs: { row?: string; whole?: string }) => {
    const begunAt = performance.now();
    const { momentMs } = found((await readParts(node, runs(costs), [parent], window)).get(parent));
    return { momentMs: found(momentMs), othersMs: performance.now() - begunAt - found(momentMs) };
  };
  expect((await read({ whole: rest })).momentMs).toBeGreaterThanOrEqual(1_000);
  expect((await read({ row: rest })).othersMs).toBeGreaterThanOrEqual(1_000);
});
