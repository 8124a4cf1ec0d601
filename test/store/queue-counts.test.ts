import { expect, it, onTestFinished } from "vitest";
import { openPool } from "../../src/database/pool.js";
import { queueTaskStates } from "../../src/domain/queue/task.js";
import { type CountGroup, sweepCounts } from "../../src/store/queue/count-sweep.js";
import { readStats } from "../../src/store/queue/stats.js";
import { createTenantClient } from "../../src/store/statement.js";
import { createTestDatabase } from "../support/database.js";
import { createRandom } from "../support/random.js";

const writers = 8;
const rounds = 60;
const queues = ["a", "b"];
const lanes = ["x", "y", "z"];

it("what is counted of queues is what a count finds, at each moment, whoever writes and whatever is rolled back", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const pool = openPool({ connectionString: database.url, connections: writers + 2, onError: () => {} });
  onTestFinished(() => pool.end());
  await pool.query("INSERT INTO tenant (tenant_id) VALUES ('t'), ('other')");
  const seed = Math.trunc(Math.random() * 100_000);
  const write = async (writer: number) => {
    const random = createRandom(seed + writer);
    const connection = await pool.connect();
    for (let round = 0; round < rounds; round += 1) {
      await connection.query("BEGIN");
      for (let step = 0; step < 3; step += 1) {
        const tenant = random.pick(["t", "t", "other"]);
        const which = `id IN (SELECT id FROM queue_task WHERE tenant_id = '${tenant}' AND id LIKE 'qt_${writer}_%' ORDER BY md5(id || '${round}') LIMIT 5)`;
        await connection.query(
          random.pick([
            `INSERT INTO queue_task (tenant_id, id, project_id, queue, lane, priority, rank, version, payload, payload_hash, max_attempts,
               available_at, created_at, updated_at)
             SELECT '${tenant}', 'qt_${writer}_${round}_${step}_' || i, 'p', '${random.pick(queues)}', '${random.pick(lanes)}', 0, 0,
               ${writer * 1_000 + round}, '{}', '', 3, now() - i * interval '1 hour', now() - interval '1 day', now()
             FROM generate_series(1, 10) AS i`,
            `UPDATE queue_task SET state = '${random.pick(queueTaskStates)}' WHERE ${which}`,
            `UPDATE queue_task SET forgotten_at = CASE WHEN forgotten_at IS NULL THEN now() END WHERE ${which}`,
            `UPDATE queue_task SET lane = '${random.pick(lanes)}', updated_at = now() WHERE ${which}`,
            `DELETE FROM queue_task WHERE ${which}`,
          ]),
        );
      }
      await connection.query(random.pick(["COMMIT", "COMMIT", "ROLLBACK"]));
    }
    connection.release();
  };
  let isOver = false;
  const compare = async () => {
    // One statement is one moment.
    const { rows } = await pool.query(`
      SELECT queue, lane, state, sum(kept)::int AS kept, sum(found)::int AS found FROM (
        SELECT tenant_id, queue, lane, state, count AS kept, 0 AS found FROM queue_count
        UNION ALL SELECT tenant_id, queue, lane, state, 0, 1 FROM queue_task WHERE forgotten_at IS NULL
      ) AS both_ways GROUP BY tenant_id, queue, lane, state HAVING sum(kept) <> sum(found)`);
    expect({ seed, rows }).toEqual({ seed, rows: [] });
  };
  const watch = async () => {
    while (!isOver) await compare();
  };
  const sweepAll = async () => {
    let after: CountGroup | null = null;
    do after = (await sweepCounts(pool, after)).last;
    while (after !== null);
  };
  const sweepOn = async () => {
    while (!isOver) await sweepAll();
  };
  const watching = Promise.all([watch(), sweepOn()]);
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  isOver = true;
  await watching;
  await compare();

  await sweepAll();
  await compare();
  const { rows: untidy } = await pool.query(
    "SELECT FROM queue_count GROUP BY tenant_id, queue, lane, state HAVING count(*) > 1 OR sum(count) = 0",
  );
  expect(untidy).toEqual([]);

  for (const tenantId of ["t", "other", "none"])
    for (const queue of [null, ...queues, "none"]) {
      const counted = async (by: string) =>
        (
          await pool.query<{ key: string; count: number }>(
            `SELECT ${by} AS key, count(*)::int AS count FROM queue_task
             WHERE tenant_id = $1 AND forgotten_at IS NULL AND coalesce(queue = $2, true) GROUP BY 1 ORDER BY 1`,
            [tenantId, queue],
          )
        ).rows;
      const { rows } = await pool.query<{ version: number; waited: number | null }>(
        `SELECT coalesce(max(version), 0)::int AS version, extract(epoch FROM clock_timestamp()
           - min(greatest(created_at, available_at)) FILTER (WHERE state = 'PENDING' AND available_at <= now()))::float8 AS waited
         FROM queue_task WHERE tenant_id = $1 AND forgotten_at IS NULL AND coalesce(queue = $2, true)`,
        [tenantId, queue],
      );
      const stats = await readStats(createTenantClient(pool, tenantId), queue);
      expect(stats.byLane).toEqual((await counted("lane")).map(({ key: lane, count }) => ({ lane, count })));
      const states = new Map((await counted("state")).map(({ key, count }) => [key, count]));
      expect(stats.byState).toEqual(
        queueTaskStates.map((state) => ({ state, count: states.get(state) ?? 0 })),
      );
      expect(stats.total).toBe([...states.values()].reduce((sum, count) => sum + count, 0));
      expect(stats.maxVersion).toBe(rows[0]?.version);
      if (rows[0]?.waited === null) expect(stats.oldestPendingSeconds).toBe(null);
      else expect(stats.oldestPendingSeconds).toBeCloseTo(rows[0]?.waited ?? 0, -2);
    }
});

it("writers put the rows of a group together themselves, and what a lane that is gone has left is swept", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const pool = openPool({ connectionString: database.url, connections: 1, onError: () => {} });
  onTestFinished(() => pool.end());
  const insert = (lane: string) => `
    INSERT INTO queue_task (tenant_id, id, project_id, queue, lane, priority, rank, version, payload, payload_hash, max_attempts,
      available_at, created_at, updated_at)
    SELECT 't', 'qt_' || i, 'p', 'q', ${lane}, 0, 0, i, '{}', '', 3, now(), now(), now() FROM generate_series(1, 6000) AS i`;
  const parts = async () => (await pool.query("SELECT count FROM queue_count")).rows as { count: number }[];

  // Tens of rows, not one for each of the thousands of changes.
  await pool.query(insert("'one'"));
  await pool.query("UPDATE queue_task SET state = 'COMPLETED'");
  expect((await parts()).length).toBeLessThan(300);

  await pool.query("UPDATE queue_task SET lane = 'lane ' || id");
  await pool.query("DELETE FROM queue_task WHERE id <> 'qt_7'");
  expect((await parts()).length).toBeGreaterThan(6_000);
  let after: CountGroup | null = null;
  do after = (await sweepCounts(pool, after)).last;
  while (after !== null);
  expect(await parts()).toEqual([{ count: 1 }]);
});
