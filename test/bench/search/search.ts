import pg from "pg";
import { indexTenant } from "../../src/actions/search/index-tenant.js";
import { openPool } from "../../src/database/pool.js";
import { createStore } from "../../src/store/store.js";
import { openBenchDatabase } from "./database.js";
import { openChild } from "./child.js";
import { compare, whole } from "./comparison.js";
import type { LoadAnswers } from "./load-process.js";
import { median } from "./median.js";
import { appendBody } from "./operations.js";
import { idOf, tenantId } from "./rows.js";
import { openServerProcess } from "./server-process.js";

/** How many events with a text there are, and in how many sessions. */
const places = Number(process.env["BENCH_PLACES"] ?? 1_000_000);
const sessions = Math.ceil(places / 100);

/** How often each query is asked. */
const times = 15;

/** Beside which key the feeder does its duty: who holds it keeps the feeder from work. See store/sweep.ts. */
const feederLock = 0x6167_7272;

/** Prints how long it takes to index a million places, what the index weighs, how long searches take, and what feeding costs appends. */
export async function benchSearch(): Promise<void> {
  const database = await openBenchDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await fill(client);
    await measureIndexing(client, database.url);
    const service = await openServerProcess("service", database.url);
    try {
      await measureQueries(service.url);
      await measureAppends(client, service.url);
    } finally {
      await service.close();
    }
  } finally {
    await client.end();
    await database.close();
  }
}

/** Words of which few are common and most are rare, as in prose and code; a text in 100,000 holds a word that no other has. */
async function fill(client: pg.Client): Promise<void> {
  const id = (prefix: string, number: string) => `'${prefix}_' || lpad(to_hex(${number}), 32, '0')`;
  const at = "now() - (INTERVAL '1 millisecond') * (i * 100)";
  for (const statement of [
    `CREATE TABLE words AS SELECT i, CASE WHEN i % 3 = 0 THEN 'resolve' || initcap(w) WHEN i % 3 = 1 THEN w ELSE 'src/' || w || '.ts' END AS word
     FROM (SELECT i, translate(substr(md5(i::text), 1, 3 + i % 6), '0123456789', 'aeioutnsrl') AS w FROM generate_series(0, 4999) AS i) AS made`,
    `CREATE UNIQUE INDEX ON words (i)`,
    `INSERT INTO tenant (tenant_id, version) VALUES ('${tenantId}', ${sessions})`,
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, title, version, change_version, execution_state,
       terminal_status, reason, reason_since, last_activity_at, created_at, updated_at, last_event_seq)
     SELECT '${tenantId}', ${id("ses", "i")}, 'session-' || i, 'project-' || i % 7, 'codex', 'Mend test ' || i, i, i, 'TERMINAL', 'COMPLETED',
       'FINISHED', ${at}, ${at}, ${at}, ${at}, 100 FROM generate_series(1, ${sessions}) AS i`,
    `INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, status, payload_hash, created_at, updated_at, last_event_seq)
     SELECT '${tenantId}', ${id("run", "i")}, 'project-' || i % 7, 'codex', ${id("ses", "i")}, 'PENDING', '', ${at}, ${at}, 100
     FROM generate_series(1, ${sessions}) AS i`,
    `INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, payload, redaction_count, created_at)
     SELECT '${tenantId}', ${id("run", "i")}, n, ${id("ses", "i")}, n, 'COMMAND_OUTPUT', jsonb_build_object('text', (
         SELECT string_agg(word, ' ') FROM (SELECT (power(random(), 3) * 4999 + 0 * n)::int AS at FROM generate_series(1, 30)) AS chosen JOIN words ON words.i = chosen.at
       ) || CASE WHEN (i * 100 + n) % 100000 = 7 THEN ' needle' || i * 100 + n ELSE '' END), 0, ${at}
     FROM generate_series(1, ${sessions}) AS i, generate_series(1, 100) AS n`,
    `INSERT INTO search_tenant (tenant_id, indexed_up_to, version, past_id) VALUES ('${tenantId}', now(), ${sessions}, '~')`,
    `VACUUM ANALYZE`,
  ])
    await client.query(statement);
}

function print(what: string, figure: string): void {
  process.stdout.write(`search, ${what.padEnd(60)}${figure.padStart(20)}\n`);
}

async function measureIndexing(client: pg.Client, url: string): Promise<void> {
  const pool = openPool({ connectionString: url, connections: 4, onError: () => {} });
  const store = createStore(
    pool,
    () => {},
    () => {},
  );
  const begunAt = performance.now();
  for (;;) {
    const look = await indexTenant(store.tenant(tenantId), { rest: async () => {}, isStopped: () => false });
    if (look !== "MORE") break;
  }
  const seconds = (performance.now() - begunAt) / 1_000;
  await store.close();
  await pool.end();
  print(`${whole(places)} places that were there before, indexed`, `${whole(places / seconds)} places/s`);
  await client.query("VACUUM ANALYZE search_block");
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

async function measureQueries(url: string): Promise<void> {
  const queries = {
    "rare word": "needle",
    "a word that there is once": `needle${Math.floor(places / 200_000) * 100_000 + 7}`,
    "common word": "src",
    "two rare words": "needle100007 OR needle7",
    phrase: '"Mend test"',
    "two characters": "ts",
    "two rare characters": "zq",
    "a word that there is not": "resolvenothing",
    "a word and not another": "resolve -src",
  };
  for (const [what, query] of Object.entries(queries)) {
    const body = JSON.stringify({
      query:
        "query Search($query: String!) { search(query: $query) { nodes { field session { id } snippet { text highlights } } pageInfo { hasNextPage } } }",
      variables: { query },
    });
    const took: number[] = [];
    let hits = 0;
    for (let time = 0; time < times; time += 1) {
      const begunAt = performance.now();
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const answer = (await response.json()) as { data: { search: { nodes: unknown[] } } };
      took.push(performance.now() - begunAt);
      hits = answer.data.search.nodes.length;
    }
    print(`${what} (${hits} hits on the first page)`, `${median(took).toFixed(1)} ms`);
  }
}

/** Appends with the feeder at work, beside appends while it is kept from it. */
async function measureAppends(client: pg.Client, url: string): Promise<void> {
  const load = openChild<LoadAnswers>(new URL("./load-process.js", import.meta.url));
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
        measure: async (durationMs) => {
          await client.query("SELECT pg_advisory_lock($1)", [feederLock]);
          const rate = await append(durationMs);
          await client.query("SELECT pg_advisory_unlock($1)", [feederLock]);
          return rate;
        },
      },
    );
  } finally {
    await load.close();
  }
}
