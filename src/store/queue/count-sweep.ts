import type pg from "pg";
import type { QueueTaskState } from "../../domain/queue/task.js";
import { findsAny, runStatement, statementOverTenants } from "../statement.js";

/** How many rows one statement looks at. */
const lookedAt = 5_000;

/** What is counted together, of all tenants, in their order. */
export interface CountGroup {
  tenantId: string;
  queue: string;
  lane: string;
  state: QueueTaskState;
}

/** The place before all others. */
const beginning: CountGroup = { tenantId: "", queue: "", lane: "", state: "PENDING" };

/**
 * Puts the rows together by which tasks are counted, of some groups after one, so that nothing is left of lanes and queues that have no
 * tasks any more. Writers put together only what they write, and may end with a few rows. Gives the last group that it looked at, null
 * after the last of all, and how many rows it put together. Waits for nobody: what others are at stays as it is.
 */
export async function sweepCounts(
  pool: pg.Pool,
  after: CountGroup | null,
): Promise<{ last: CountGroup | null; taken: number }> {
  const [looked] = await runStatement(pool, sweep, { ...(after ?? beginning) });
  if (!looked) return { last: null, taken: 0 };
  const { taken, seen, ...last } = looked;
  return { last: seen < lookedAt ? null : last, taken };
}
const group = (table: string) => `${table}.tenant_id, ${table}.queue, ${table}.lane, ${table}.state`;
const sweep = statementOverTenants<
  CountGroup & { seen: number; taken: number },
  { [K in keyof CountGroup]: string }
>(`
  WITH seen AS MATERIALIZED (
    SELECT ${group("queue_count")}, part FROM queue_count
    WHERE (${group("queue_count")}) > (:tenantId, :queue, :lane, :state::queue_task_state)
    ORDER BY ${group("queue_count")} LIMIT ${lookedAt}
  ), crowded AS MATERIALIZED (
    SELECT DISTINCT ${group("seen")} FROM seen
    WHERE ${findsAny(`FROM queue_count AS other WHERE (${group("other")}) = (${group("seen")}) AND other.part <> seen.part`)}
  ), free AS MATERIALIZED (
    SELECT ${group("queue_count")}, part FROM crowded JOIN queue_count ON (${group("queue_count")}) = (${group("crowded")})
    FOR UPDATE OF queue_count SKIP LOCKED
  ), taken AS (
    DELETE FROM queue_count USING free WHERE (${group("queue_count")}) = (${group("free")}) AND queue_count.part = free.part
    RETURNING ${group("queue_count")}, count
  ), kept AS (
    INSERT INTO queue_count (tenant_id, queue, lane, state, count)
    SELECT ${group("taken")}, sum(count) FROM taken GROUP BY ${group("taken")} HAVING sum(count) <> 0
  )
  SELECT tenant_id AS "tenantId", queue, lane, state, (SELECT count(*)::int FROM seen) AS seen, (SELECT count(*)::int FROM taken) AS taken
  FROM seen ORDER BY ${group("seen")} DESC LIMIT 1`);
