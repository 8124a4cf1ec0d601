import pg from "pg";
import { openPool } from "../../../src/database/pool.js";
import { saveSkips } from "../../../src/store/inbox/skip.js";
import { type Statement, type TenantClient, createTenantClient } from "../../../src/store/statement.js";
import { machineWith } from "../bench.js";
import { whole } from "../comparison.js";
import { openBenchDatabase } from "../database.js";
import { composeTable, writeSection } from "../results/results.js";
import { tenantId } from "../rows.js";
import { type Case, scaleCases } from "./cases.js";
import { keptCases } from "./kept-cases.js";
import { at, fillScale, readers } from "./fill.js";

/** How often each statement is executed: the least time counts. */
const times = 3;

/** A statement that takes longer is executed once. */
const slowMs = 500;

interface Figure {
  ms: number;
  blocks: number;
}

/** What was found of each case, by its name. */
interface Figures {
  figures: Map<string, Figure>;
  machine: string;
}

/**
 * Prints what each page, filter and count costs Postgres in a tenant of so many sessions, and how that has grown from a hundredth of
 * them; writes it to the page of results as well if `isWritten`.
 */
export async function benchScale(sessions: number, only: RegExp, isWritten: boolean): Promise<void> {
  const small = await measure(Math.max(1_000, Math.round(sessions / 100)), only);
  const large = await measure(sessions, only);
  const rows = [...large.figures].map(([name, { ms, blocks }]) => {
    const growth = blocks / Math.max(1, small.figures.get(name)?.blocks ?? blocks);
    return [name, ms.toFixed(2), String(blocks), growth.toFixed(1)] as const;
  });
  process.stdout.write(`${sessions} sessions${" ".repeat(47)}      ms   blocks   growth of blocks\n`);
  for (const [name, ms, blocks, growth] of rows)
    process.stdout.write(`${name.padEnd(60)}${ms.padStart(10)}${blocks.padStart(9)}${growth.padStart(10)}\n`);
  if (!isWritten) return;
  const title = `A tenant of ${whole(sessions)} sessions`;
  const table = composeTable(["in Postgres", "ms", "blocks of 8 KiB", "growth of the blocks"], rows);
  await writeSection({ name: "scale", title, parts: [table], graphs: {} }, large.machine);
}

async function measure(sessions: number, only: RegExp): Promise<Figures> {
  const database = await openBenchDatabase();
  const settings = { statement_timeout: "1min" };
  const pool = openPool({
    connectionString: database.url,
    connections: 2,
    settings,
    answerMs: 3_600_000,
    onError: () => {},
  });
  try {
    await fillScale(pool, sessions);
    const client = createTenantClient(pool, tenantId);
    for (const reader of readers) if (reader !== "never seen") await saveSkips(client, reader);
    const { rows } = await pool.query<{ base: string }>(`SELECT ${at("0", sessions)} AS base`);
    const base = Date.parse(rows[0]?.base ?? "");
    const instantOf = (number: number) =>
      new Date(base + number * 1_000).toISOString().replace(/\.(\d{3})Z$/, ".$1000Z");
    const figures = new Map<string, Figure>();
    for (const each of [...scaleCases(sessions, instantOf), ...keptCases(pool)]) {
      if (!only.test(each.name)) continue;
      await each.prepare?.();
      figures.set(each.name, await explain(pool, each));
    }
    return { figures, machine: machineWith(database) };
  } finally {
    await pool.end();
    await database.close();
  }
}

/** What a case sends, executed as the service executes it, by a plan for any values. */
async function explain(pool: pg.Pool, { run }: Case): Promise<Figure> {
  const total = { ms: 0, blocks: 0 };
  const inner = createTenantClient(pool, tenantId);
  const client: TenantClient = {
    tenantId,
    rows: async (statement, ...values) => {
      const { ms, blocks } = await cost(pool, statement, { ...values[0], tenantId });
      total.ms += ms;
      total.blocks += blocks;
      return ms > slowMs ? [] : inner.rows(statement, ...values);
    },
  };
  await run(client).catch((error: unknown) => {
    if (total.blocks === 0) throw error;
  });
  return total;
}

interface Explained {
  "Execution Time": number;
  Plan: { "Shared Hit Blocks": number; "Shared Read Blocks": number };
}

async function cost(
  pool: pg.Pool,
  { text, parameters }: Statement<unknown, never>,
  given: object,
): Promise<Figure> {
  const connection = await pool.connect();
  try {
    await connection.query(`PREPARE explained AS ${text}`);
    const values = parameters.map((name) => literal((given as Record<string, unknown>)[name]));
    const execute = `EXECUTE explained${values.length > 0 ? `(${values.join(", ")})` : ""}`;
    const best = { ms: Infinity, blocks: Infinity };
    for (let time = 0; time < times; time += 1) {
      const { rows } = await connection.query<{ "QUERY PLAN": [Explained] }>(
        `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${execute}`,
      );
      const [explained] = rows[0]?.["QUERY PLAN"] ?? [];
      if (!explained) throw new Error("no plan");
      best.ms = Math.min(best.ms, explained["Execution Time"]);
      best.blocks = Math.min(
        best.blocks,
        explained.Plan["Shared Hit Blocks"] + explained.Plan["Shared Read Blocks"],
      );
      if (best.ms > slowMs) break;
    }
    return best;
  } catch (error) {
    if ((error as { code?: string }).code !== "57014") throw error;
    return { ms: 60_000, blocks: 0 };
  } finally {
    await connection.query("DEALLOCATE explained").catch(() => {});
    connection.release();
  }
}

/** A value as it stands in a statement. */
function literal(value: unknown): string {
  if (value === null) return "NULL";
  if (Array.isArray(value))
    return pg.escapeLiteral(`{${value.map((each) => JSON.stringify(String(each))).join(",")}}`);
  return pg.escapeLiteral(`${value as string | number | boolean}`);
}
