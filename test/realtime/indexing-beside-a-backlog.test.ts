import { expect, it, onTestFinished } from "vitest";
import { openPlainPool } from "../support/plain-pool.js";
import { fillWithTitles } from "../support/indexing.js";
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
    await fillWithTitles(pool, tenantId, count);
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
