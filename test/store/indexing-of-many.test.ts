import { expect, it, onTestFinished } from "vitest";
import { sessionsInLook } from "../../src/actions/search/index-tenant.js";
import { createTestDatabase } from "../support/database.js";
import { fillWithTitles, indexOnce } from "../support/indexing.js";
import { openNode } from "../support/node.js";

it("what a tenant gets at one moment is indexed by one look, however much it is", async () => {
  const database = await createTestDatabase();
  const node = openNode({ databaseUrl: database.url });
  onTestFinished(async () => {
    await node.pool.end();
    await database.drop();
  });
  const count = sessionsInLook + 300;
  await fillWithTitles(node.pool, node.tenantId, count);
  await indexOnce(node);
  const { rows } = await node.pool.query("SELECT count(*)::int AS n FROM search_session");
  expect(rows).toEqual([{ n: count }]);
});
