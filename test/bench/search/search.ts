import pg from "pg";
import { indexAll } from "../../support/indexing.js";
import { openPool } from "../../../src/database/pool.js";
import { createStore } from "../../../src/store/store.js";
import { openBenchDatabase } from "../database.js";
import { openChild } from "../child.js";
import { compare, whole } from "../comparison.js";
import type { LoadAnswers } from "../load-process.js";
import { appendBody } from "../operations.js";
import { idOf, tenantId } from "../rows.js";
import { openServerProcess } from "../server-process.js";
import { withoutFeeder } from "../without-feeder.js";
import { fill, places } from "./fill.js";
import { measureLag } from "./lag.js";
import { measurePoll } from "./poll.js";
import { print } from "./print.js";
import { measureQueries } from "./queries.js";

/**
 * Prints how long it takes to index places that were there before, what the index weighs, how long searches take, when what is
 * appended is found, what feeding costs appends, and what it costs to look for news where there are none.
 */
export async function benchSearch(): Promise<void> {
  const database = await openBenchDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await fill(client);
    const pool = openPool({ connectionString: database.url, connections: 4, onError: () => {} });
    await measureIndexing(client, pool);
    await measurePoll(client, pool);
    await pool.end();
    const service = await openServerProcess("service", database.url);
    try {
      await measureQueries(service.url);
      await measureLag(service.url);
      await measureAppends(client, service.url);
    } finally {
      await service.close();
    }
  } finally {
    await client.end();
    await database.close();
  }
}

async function measureIndexing(client: pg.Client, pool: pg.Pool): Promise<void> {
  const store = createStore(
    pool,
    () => {},
    () => {},
  );
  const begunAt = performance.now();
  await indexAll(store.tenant(tenantId));
  const seconds = (performance.now() - begunAt) / 1_000;
  await store.close();
  print(`${whole(places)} places that were there before, indexed`, `${whole(places / seconds)} places/s`);
  // Else searches are measured beside what clears up after so many rows.
  for (const statement of ["VACUUM ANALYZE", "CHECKPOINT"]) await client.query(statement);
  const { rows } = await client.query<Record<"blocks" | "texts" | "heap" | "gin" | "log", string>>(`
    SELECT count(*) AS blocks, sum(size) AS texts, pg_indexes_size('search_block') AS gin, pg_total_relation_size('run_event') AS log,
      pg_total_relation_size('search_block') - pg_indexes_size('search_block') AS heap FROM search_block`);
  const mib = (bytes: string | undefined) => `${whole(Number(bytes) / 2 ** 20)} MiB`;
  print("blocks", whole(Number(rows[0]?.blocks)));
  print("texts, folded", mib(rows[0]?.texts));
  print("the log with its indexes", mib(rows[0]?.log));
  print("blocks on disk, without their indexes", mib(rows[0]?.heap));
  print("indexes of the blocks", mib(rows[0]?.gin));
}

/** Appends with the feeder at work, beside appends while it is kept from it. */
async function measureAppends(client: pg.Client, url: string): Promise<void> {
  const load = openChild<LoadAnswers>(new URL("../load-process.js", import.meta.url));
  try {
    const batch = Array.from({ length: 10 }, (_, index) => ({
      type: "ASSISTANT_MESSAGE" as const,
      payload: {
        text: `tests 47 passed, 0 failed in 3.2 s (${index}); the flaky one passes 50 times in a row`,
      },
    }));
    const bodies = Array.from({ length: 16 }, (_, index) => appendBody(idOf("run", index + 2), batch));
    const append = async (durationMs: number) =>
      (await load.ask("call", { url, bodies, over: "HTTP", durationMs })).callsPerSecond * batch.length;
    await compare(
      "append, 16 callers, beside the feeder and without it",
      "events/s",
      { measure: append },
      {
        measure: (durationMs) => withoutFeeder(client, () => append(durationMs)),
      },
    );
  } finally {
    await load.close();
  }
}
