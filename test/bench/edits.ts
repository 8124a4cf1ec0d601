import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { openPool } from "../../src/database/pool.js";
import { ask as askAt, send } from "./ask.js";
import { openBenchDatabase } from "./database.js";
import { whole } from "./comparison.js";
import { median, percentile } from "./median.js";
import { appendBody } from "./operations.js";
import { fillRows, idOf, tenantId } from "./rows.js";
import { openServerProcess } from "./server-process.js";

/** How many events the session has that is deleted. */
const events = Number(process.env["BENCH_EVENTS"] ?? 1_000_000);

/** How many sessions are edited together, and how often. */
const together = 1_000;
const times = 15;

/** How often is looked how long locks are held, in milliseconds. */
const lookMs = 5;

type Ask = (query: string, variables?: object) => Promise<Record<string, never>>;

/** Prints how long it takes to edit a thousand sessions at once, and to delete a session of a million events beside others. */
export async function benchEdits(): Promise<void> {
  const database = await openBenchDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const pool = openPool({ connectionString: database.url, connections: 2, onError: () => {} });
    await fillRows(pool);
    await pool.end();
    await fillSession(client);
    const service = await openServerProcess("service", database.url);
    const ask: Ask = (query, variables) => askAt(service.url, query, variables);
    try {
      await measureTogether(ask);
      await measureDeletion(client, ask, service.url);
    } finally {
      await service.close();
    }
  } finally {
    await client.end();
    await database.close();
  }
}

/** Gives session 2 its events. */
async function fillSession(client: pg.Client): Promise<void> {
  for (const statement of [
    `INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, payload, redaction_count, created_at)
     SELECT '${tenantId}', '${idOf("run", 2)}', i, '${idOf("ses", 2)}', i, 'COMMAND_OUTPUT', jsonb_build_object('text', md5(i::text)), 0, now()
     FROM generate_series(1, ${events}) AS i`,
    `UPDATE run SET last_event_seq = ${events}, status = 'COMPLETED' WHERE id = '${idOf("run", 2)}'`,
    `UPDATE session SET last_event_seq = ${events} WHERE id = '${idOf("ses", 2)}'`,
    `UPDATE search_session SET indexed_seq = ${events} WHERE session_id = '${idOf("ses", 2)}'`,
    `VACUUM ANALYZE run_event`,
    `CHECKPOINT`,
  ])
    await client.query(statement);
}

function print(what: string, figure: string): void {
  process.stdout.write(`edits, ${what.padEnd(62)}${figure.padStart(32)}\n`);
}

async function measureTogether(ask: Ask): Promise<void> {
  const ids = Array.from({ length: together }, (_, index) => idOf("ses", 100 + index));
  const deeds = {
    "pinned, or unpinned": (turn: number) => ({ pin: turn % 2 === 0 }),
    "given a label": (turn: number) => ({ addLabels: [`label-${turn}`] }),
  };
  for (const [what, action] of Object.entries(deeds)) {
    const took: number[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      const begunAt = performance.now();
      await ask("mutation M($input: UpdateSessionsInput!) { updateSessions(input: $input) { changed } }", {
        input: { target: { ids }, action: action(turn) },
      });
      took.push(performance.now() - begunAt);
    }
    print(
      `${whole(together)} sessions ${what} (150 ms at most are asked for)`,
      `p50 ${median(took).toFixed(0)} ms, p95 ${percentile(took, 0.95).toFixed(0)} ms`,
    );
  }
}

/** The longest that a transaction has held what it wrote, so far: as it is seen from outside. */
const longest = `
  SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start) * 1000), 0)::float8 AS ms FROM pg_stat_activity
  WHERE datname = current_database() AND backend_xid IS NOT NULL AND backend_type = 'client backend'`;

async function measureDeletion(client: pg.Client, ask: Ask, url: string): Promise<void> {
  const gone = idOf("ses", 2);
  let isDone = false;
  let heldMs = 0;
  const watch = async () => {
    while (!isDone) {
      heldMs = Math.max(heldMs, (await client.query<{ ms: number }>(longest)).rows[0]?.ms ?? 0);
      await delay(lookMs);
    }
  };
  const others: number[] = [];
  const write = async () => {
    while (!isDone) {
      const body = appendBody(idOf("run", 50), [{ type: "ASSISTANT_MESSAGE", payload: { text: "beside" } }]);
      const begunAt = performance.now();
      await send(url, body);
      others.push(performance.now() - begunAt);
      await delay(lookMs);
    }
  };
  const beside = [watch(), write()];
  const begunAt = performance.now();
  await ask("mutation D($id: ID!) { deleteSession(input: { session: { id: $id } }) { deletedId } }", {
    id: gone,
  });
  print("a session is deleted: until the answer", `${(performance.now() - begunAt).toFixed(0)} ms`);
  const { session } = await ask("query S($id: ID!) { session(by: { id: $id }) { id } }", { id: gone });
  print("and then it is", session === null ? "not seen" : "SEEN");
  for (;;) {
    const { rows: left } = await client.query(
      "SELECT 1 FROM session WHERE id = $1 AND NOT emptied UNION ALL (SELECT 1 FROM run_event WHERE session_id = $1 AND tenant_id = $2 LIMIT 1)",
      [gone, tenantId],
    );
    if (left.length === 0) break;
    await delay(100);
  }
  print(
    `all of its ${whole(events)} events are gone (60 s at most are asked for)`,
    `${((performance.now() - begunAt) / 1_000).toFixed(1)} s`,
  );
  isDone = true;
  await Promise.all(beside);
  print("the longest that a transaction held its locks (100 ms at most)", `${heldMs.toFixed(0)} ms`);
  print(
    "appends of others meanwhile",
    `p50 ${median(others).toFixed(1)} ms, p99 ${percentile(others, 0.99).toFixed(1)} ms`,
  );
}
