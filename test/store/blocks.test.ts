import type pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { openPool } from "../../src/database/pool.js";
import { type Case, scaleCases } from "../bench/scale/cases.js";
import { explain } from "../bench/scale/explain.js";
import { fillScale } from "../bench/scale/fill.js";
import { createTestDatabase } from "../support/database.js";

const sessions = 20_000;
const mostBlocks = 500;

/** What reads more blocks of 8 KiB than the others, how many at most, and why. */
const more: [which: RegExp, blocks: number, why: string][] = [
  // The same however large the tenant is. Before Postgres 17 each id is looked up from the root of the index.
  [/reason WORKING/, 1_800, "the 200 sessions that run"],
  [/runs, PENDING/, 800, "the 200 runs that wait"],
  [/CREATED, (reason FAILED of a project)/, 4_500, "few are in both, and no index by creation has either"],
  [/CREATED, project (and profile|1 in 98)/, 1_300, "the same, of more"],
  [/labels(All|Any) (common|1 in 200)/, 1_300, "the 100 sessions with the label"],
  [/scattered.*snoozed/, 1_300, "the 100 sessions that the reader has snoozed"],
  [/scattered.*archived/, 8_500, "the sessions of all kinds among which the reader has archived some"],
  [
    /filter, scattered, ALL, project half/,
    800,
    "what is unread of the project, and of what is read as much as fills the page",
  ],
  // What grows with the tenant.
  [/^counts by rows,/, 45_000, "what is counted where it is not kept (yet)"],
];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: pg.Pool;
let cases: Case[];
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({ connectionString: database.url, connections: 2, onError: () => {} });
  await fillScale(pool, sessions);
  cases = await scaleCases(pool, sessions);
}, 240_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it("pages, filters and counts of a large tenant read few blocks", async () => {
  const many: string[] = [];
  for (const each of cases) {
    const { blocks } = await explain(pool, each, 1);
    const allowed = more.filter(([which]) => which.test(each.name)).map(([, most]) => most);
    if (blocks > Math.max(mostBlocks, ...allowed)) many.push(`${each.name}: ${blocks}`);
  }
  expect(many).toEqual([]);
}, 240_000);

it("a page that begins far from what is unread does not read what lies between", async () => {
  const middle = cases.filter(({ name }) => /all but 100, .* UNREAD, middle/.test(name));
  expect(middle.length).toBe(3);
  for (const each of middle) expect((await explain(pool, each, 1)).blocks).toBeLessThan(150);
});

it("pages of what is active are read in their order, however few Postgres believes them to be", async () => {
  const pages = cases.filter(({ name }) => /all, [A-Z_]+ (RUNNING|DEFAULT), first/.test(name));
  expect(pages.length).toBe(6);
  const connection = await pool.connect();
  onTestFinished(async () => {
    await connection.query("RESET default_statistics_target; ANALYZE session");
    connection.release();
  });
  // Of three hundred rows some or none of the 200 are seen.
  await connection.query("SET default_statistics_target = 1");
  for (let time = 0; time < 10; time += 1) {
    await connection.query("ANALYZE session");
    for (const each of pages)
      expect([each.name, (await explain(pool, each, 1)).blocks < 400]).toEqual([each.name, true]);
  }
});

it("of many that ask, those of a state are not looked for among all", async () => {
  await pool.query(`UPDATE session SET reason = 'NEEDS_INPUT' WHERE id = ANY (ARRAY(
    SELECT id FROM session WHERE parent_id IS NULL AND NOT active ORDER BY id LIMIT 3000))`);
  await pool.query("VACUUM ANALYZE session");
  const changed = await scaleCases(pool, sessions);
  const few =
    /ATTENTION RUNNING, first|(all|all but 100|newest 95 %|scattered), ATTENTION UNREAD, first|nothing, ATTENTION READ/;
  const pages = changed.filter(({ name }) => few.test(name));
  expect(pages.length).toBe(13);
  for (const each of pages)
    expect([each.name, (await explain(pool, each, 1)).blocks < 400]).toEqual([each.name, true]);
});
