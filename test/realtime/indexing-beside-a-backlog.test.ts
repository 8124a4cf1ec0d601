import { expect, it, onTestFinished } from "vitest";
import { openPlainPool } from "../support/plain-pool.js";
import { createTestDatabase } from "../support/database.js";
import { startService } from "../support/start-service.js";

it("a tenant of which much waits to be indexed keeps no other waiting", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const pool = openPlainPool(database.url);
  // Of the large tenant there is more than several steps index, and it is looked at first.
  for (const [tenantId, count] of [
    ["large", 1_000],
    ["small", 1],
  ] as const) {
    await pool.query("INSERT INTO tenant (tenant_id, version) VALUES ($1, $2)", [tenantId, count]);
    await pool.query(
      `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, title, folded_title, change_version, reason_since, last_activity_at,
         created_at, updated_at)
       SELECT $1, 'ses_' || i, 's' || i, 'p', 'b', 'Title ' || i, 'title ' || i, i, now(), now(), now(), now() FROM generate_series(1, $2) AS i`,
      [tenantId, count],
    );
  }
  {
    await using _service = await startService({ databaseUrl: database.url, config: { indexMs: 10 } });
    const count = async () =>
      (await pool.query<{ n: number }>("SELECT count(*)::int AS n FROM search_session")).rows[0]?.n;
    await expect.poll(count).toBe(1_001);
  }
  // By the order of the transactions: how fast they were plays no part.
  const { rows } = await pool.query<{ tenant_id: string; last: number }>(
    "SELECT tenant_id, max(xmin::text::bigint)::int AS last FROM search_session GROUP BY tenant_id ORDER BY tenant_id",
  );
  const [large, small] = rows.map(({ last }) => last);
  expect(rows.map(({ tenant_id }) => tenant_id)).toEqual(["large", "small"]);
  expect(small).toBeLessThan(large ?? 0);
  await pool.end();
});
