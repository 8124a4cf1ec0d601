import { afterAll, beforeAll, expect, it } from "vitest";
import { openPool } from "../../src/database/pool.js";
import { Lookups } from "../../src/store/lookups.js";
import { statement } from "../../src/store/statement.js";
import { type TestDatabase, createTestDatabase } from "../support/database.js";

const divided = statement<{ tenantId: string; part: number }, { by: number }>(
  `SELECT tenant_id AS "tenantId", 840 / :by::int AS part FROM (SELECT :tenantId::text AS tenant_id) AS own`,
);

let database: TestDatabase;
let pool: ReturnType<typeof openPool>;
let lent = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({ connectionString: database.url, connections: 2, onError: () => {} });
  pool.on("acquire", () => (lent += 1));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it("look-ups that begin at once share connections, and each has what its tenant asked for", async () => {
  const lookups = new Lookups(pool);
  lent = 0;
  const found = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      lookups.tenant(`tenant-${index % 3}`).rows(divided, { by: index + 1 }),
    ),
  );
  expect(lent).toBe(3);
  expect(found).toEqual(
    Array.from({ length: 40 }, (_, index) => [
      { tenantId: `tenant-${index % 3}`, part: Math.floor(840 / (index + 1)) },
    ]),
  );
});

it("one that fails fails alone, and its connection is not lent out again", async () => {
  const { rows } = new Lookups(pool).tenant("acme");
  const asked = [1, 0, 2].map((by) => rows(divided, { by }));
  const [first, failed, last] = await Promise.allSettled(asked);
  expect(first).toMatchObject({ value: [{ part: 840 }] });
  expect(failed).toMatchObject({ reason: { code: "22012" } });
  expect(last).toMatchObject({ value: [{ part: 420 }] });
  expect(pool.totalCount - pool.idleCount).toBe(0);
});

it("where a value is missing, that one is told so", async () => {
  const { rows } = new Lookups(pool).tenant("acme");
  const asked = [rows(divided, {} as never), rows(divided, { by: 4 })];
  const [missing, found] = await Promise.allSettled(asked);
  expect(missing).toMatchObject({ reason: { message: expect.stringContaining(":by is not given") } });
  expect(found).toMatchObject({ value: [{ part: 210 }] });
});

it("where no connection is to be had, all of them are told why", async () => {
  const closed = openPool({ connectionString: database.url, connections: 1, onError: () => {} });
  await closed.end();
  const { rows } = new Lookups(closed).tenant("acme");
  const ends = await Promise.allSettled([1, 2].map((by) => rows(divided, { by })));
  for (const end of ends)
    expect(end).toMatchObject({
      reason: { message: expect.stringContaining("after calling end on the pool") },
    });
});
