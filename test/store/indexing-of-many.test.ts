import { expect, it, onTestFinished } from "vitest";
import { indexTenant, sessionsInLook } from "../../src/actions/search/index-tenant.js";
import { createTestDatabase } from "../support/database.js";
import { openNode } from "../support/node.js";

it("what a tenant gets at one moment is indexed by one look, however much it is", async () => {
  const database = await createTestDatabase();
  const node = openNode({ databaseUrl: database.url });
  onTestFinished(async () => {
    await node.pool.end();
    await database.drop();
  });
  const { tenantId } = node;
  const count = sessionsInLook + 300;
  await node.pool.query("INSERT INTO tenant (tenant_id, version) VALUES ($1, $2)", [tenantId, count]);
  await node.pool.query(
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, title, folded_title, change_version, reason_since,
       last_activity_at, created_at, updated_at)
     SELECT $1, 'ses_' || i, 's' || i, 'p', 'b', 'Title ' || i, 'title ' || i, i, now(), now(), now(), now()
     FROM generate_series(1, $2) AS i`,
    [tenantId, count],
  );
  const looking = indexTenant(node);
  let step = await looking.next();
  while (!step.done) step = await looking.next();
  const { rows } = await node.pool.query("SELECT count(*)::int AS n FROM search_session");
  expect(rows).toEqual([{ n: count }]);
});
