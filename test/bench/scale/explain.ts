import pg from "pg";
import { type Statement, type TenantClient, createTenantClient } from "../../../src/store/statement.js";
import { tenantId } from "../rows.js";
import type { Case } from "./cases.js";

/** A statement that takes longer is executed once. */
const slowMs = 500;

/** What a case cost Postgres. */
export interface Figure {
  ms: number;
  /** Of 8 KiB. */
  blocks: number;
}

/** What a case sends, executed so often as the service executes it, by a plan for any values. The least counts. */
export async function explain(pool: pg.Pool, { run }: Case, times: number): Promise<Figure> {
  const total = { ms: 0, blocks: 0 };
  const inner = createTenantClient(pool, tenantId);
  const client: TenantClient = {
    tenantId,
    rows: async (statement, ...values) => {
      const { ms, blocks } = await cost(pool, statement, { ...values[0], tenantId }, times);
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
  times: number,
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
