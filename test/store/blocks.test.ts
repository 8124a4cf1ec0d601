import { expect, it, onTestFinished } from "vitest";
import { openPool } from "../../src/database/pool.js";
import { scaleCases } from "../bench/scale/cases.js";
import { explain } from "../bench/scale/explain.js";
import { fillScale } from "../bench/scale/fill.js";
import { createTestDatabase } from "../support/database.js";

const sessions = 20_000;
const mostBlocks = 500;

/**
 * What reads more blocks of 8 KiB than the others, and how many at most. All but the last three are the same however large the tenant
 * is: what is looked at one by one, since it is few.
 */
const more: [which: RegExp, blocks: number, why: string][] = [
  [/CREATED (DEFAULT|RUNNING)|reason WORKING/, 1_200, "the 200 sessions that run"],
  [/labels(All|Any) 1 in 200/, 1_300, "the 100 sessions with the label"],
  [/scattered.*(archived|snoozed)/, 6_000, "the sessions that the reader has hidden"],
  [/scattered/, 8_000, "one unread in fifty read, too near to one another to be skipped"],
  // What grows with the tenant.
  [
    /scattered.*(IDLE|FAILED)/,
    25_000,
    "what is unread and stands so is none: both are common, and no index has both",
  ],
  [/^counts,/, 45_000, "what is counted once, and then kept"],
];

it("pages, filters and counts of a large tenant read few blocks", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const pool = openPool({ connectionString: database.url, connections: 2, onError: () => {} });
  onTestFinished(() => pool.end());
  await fillScale(pool, sessions);
  const many: string[] = [];
  for (const each of await scaleCases(pool, sessions)) {
    const { blocks } = await explain(pool, each, 1);
    const allowed = more.filter(([which]) => which.test(each.name)).map(([, most]) => most);
    if (blocks > Math.max(mostBlocks, ...allowed)) many.push(`${each.name}: ${blocks}`);
  }
  expect(many).toEqual([]);
}, 240_000);
