import { call, change, create, print, say } from "../event.js";
import type { Task } from "../task.js";

const queries = [
  { page: "the list of orders", table: "orders", columns: "(shop_id, placed_at desc)", filter: "shop_id" },
  {
    page: "the search for customers",
    table: "customers",
    columns: "(shop_id, lower(email))",
    filter: "email",
  },
  { page: "the stock report", table: "stock_moves", columns: "(sku, moved_at)", filter: "sku" },
] as const;

const slowPlan = (table: string, filter: string, rows: number, ms: number) => [
  `Seq Scan on ${table}  (cost=0.00..${rows / 50}.00 rows=41 width=212) (actual time=0.4..${ms}.2 rows=38 loops=1)`,
  `  Filter: (${filter} = $1)`,
  `  Rows Removed by Filter: ${rows}`,
  `Execution Time: ${ms}.9 ms`,
];

/** A page is slow, and a query is why. */
export const investigateSlowQuery: Task = (random) => {
  const { page, table, columns, filter } = random.pick(queries);
  const beforeMs = random.whole(1_800, 9_400);
  const afterMs = random.whole(2, 19);
  const rows = random.whole(4, 60) * 100_000;
  return {
    slug: "investigate-slow-query",
    title: `Why ${page} takes ${(beforeMs / 1000).toFixed(1)} s`,
    projectId: "checkout-service",
    prompt: random.pick([
      `Since last week ${page} takes ${(beforeMs / 1000).toFixed(1)} s for big shops. Find the query and make it fast.`,
      `p95 of ${page} has gone from 80 ms to ${beforeMs} ms. What happened, and what do we do?`,
    ]),
    look: [
      call(
        "run",
        { command: `psql -c "explain (analyze, buffers) select ... from ${table} where ${filter} = $1"` },
        { exitCode: 0 },
      ),
      print(slowPlan(table, filter, rows, beforeMs), 0),
      say(
        `It reads all ${rows.toLocaleString("en")} rows of ${table} to give 38. There is an index, but on the wrong columns for this order.`,
      ),
      call("search", { pattern: `create index.*${table}`, path: "migrations" }, { matches: 2 }),
    ],
    change: [
      say(
        "An index that fits both the filter and the order lets Postgres stop after one page. I make it concurrently, so that nobody waits.",
      ),
      create(`migrations/0${random.whole(112, 198)}_${table}_page_index.sql`, [
        `create index concurrently if not exists ${table}_page`,
        `  on ${table} ${columns};`,
      ]),
      change(`src/store/${table}.ts`, 40, [
        ` const page = sql\``,
        `-  select * from ${table} where ${filter}::text = \${value}`,
        `+  select * from ${table} where ${filter} = \${value}`,
        `   order by 2 desc limit 50\`;`,
      ]),
    ],
    check: [
      call("run", { command: "npm run bench -- page" }, { exitCode: 0 }),
      print([`Index Scan using ${table}_page on ${table}`, `Execution Time: ${afterMs}.4 ms`], 0),
    ],
    report: `${page} took ${beforeMs} ms because of a sequential scan of ${table}; a cast in the query kept the index from being used. With the new index and without the cast it takes ${afterMs} ms.`,
    question: {
      prompt: `The index needs about ${random.whole(2, 9)} GB. Is there room on the primary?`,
      options: ["yes", "no, find another way", "ask operations"],
      answer: "Yes, there are 400 GB free.",
    },
    approval: "May I run the explain on the read replica of production? It takes a few seconds.",
    trouble: {
      kind: "INFRA_FAILED",
      message: `canceling statement due to statement timeout while reading ${table}`,
    },
    obstacle: "The query plan in production differs from every copy that this agent can reach.",
    steer: "It only happens for shops with more than a million rows, so test with one of those.",
    next: {
      prompt: "Which other queries have the same cast?",
      events: [
        call("search", { pattern: "::text = ", path: "src/store" }, { matches: 3 }),
        print(["src/store/refunds.ts:61", "src/store/carts.ts:19", "src/store/vouchers.ts:88"], 0),
      ],
      report: "Three more: refunds, carts and vouchers. Only refunds is large enough to matter today.",
    },
  };
};
