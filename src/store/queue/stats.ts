import type { Instant } from "../../domain/instant.js";
import { type QueueTaskState, commanderSize, queueTaskStates } from "../../domain/queue/task.js";
import type { QueueTaskRow } from "../row.js";
import { type TenantClient, statement } from "../statement.js";
import { isListed, taskColumns } from "./task.js";

/** The figures of one queue, or of all queues of the tenant if `queue` is null. */
export interface QueueStats {
  queue: string | null;
  total: number;
  /** The count of every state, in the order of {@link queueTaskStates}. */
  byState: { state: QueueTaskState; count: number }[];
  /** The count of every lane that has tasks, sorted by name. */
  byLane: { lane: string; count: number }[];
  /** The highest version of a task; 0 if there are no tasks. */
  maxVersion: number;
  /** The longest wait of a task that could be handed out now, in seconds; null if none waits. */
  oldestPendingSeconds: number | null;
  generatedAt: Instant;
}

/** Counts a queue's tasks in one statement. */
export async function readStats(client: TenantClient, queue: string | null): Promise<QueueStats> {
  const [row] = await (queue === null ? client.rows(statsOfAll) : client.rows(statsOfOne, { queue }));
  return statsOf(queue, row);
}

/** Reads a queue's figures and its first {@link commanderSize} tasks, in one statement: see {@link commanderTasks}. */
export async function readCommander(
  client: TenantClient,
  queue: string | null,
): Promise<{ stats: QueueStats; items: QueueTaskRow[] }> {
  const rows = await (queue === null ? client.rows(commanderOfAll) : client.rows(commanderOfOne, { queue }));
  return { stats: statsOf(queue, rows[0]), items: rows.filter((row) => row.id !== null) };
}

interface Figures {
  generatedAt: Instant;
  groups: { state: QueueTaskState; lane: string; count: number }[];
  maxVersion: number;
  waitedSeconds: number | null;
}

function statsOf(queue: string | null, figures: Figures | undefined): QueueStats {
  if (!figures) throw new Error("a queue's figures were not returned");
  const { groups, maxVersion, waitedSeconds, generatedAt } = figures;
  const lanes = [...new Set(groups.map(({ lane }) => lane))].toSorted();
  const countOf = (wanted: typeof groups) => wanted.reduce((sum, { count }) => sum + count, 0);
  return {
    queue,
    total: countOf(groups),
    byState: queueTaskStates.map((state) => ({
      state,
      count: countOf(groups.filter((group) => group.state === state)),
    })),
    byLane: lanes.map((lane) => ({ lane, count: countOf(groups.filter((group) => group.lane === lane)) })),
    maxVersion,
    oldestPendingSeconds: waitedSeconds,
    generatedAt,
  };
}

const ofAll = "tenant_id = :tenantId";
const ofOne = `${ofAll} AND queue = :queue`;

/** Counts are kept: see QueueCount in prisma/schema.prisma. An index has the newest version of each queue, one what waits. */
const figures = (where: string) => `
  SELECT clock.at AS "generatedAt", coalesce((
    SELECT jsonb_agg(to_jsonb(counted)) FROM (
      SELECT state, lane, sum(count) AS count FROM queue_count WHERE ${where} GROUP BY state, lane HAVING sum(count) > 0
    ) AS counted
  ), '[]') AS groups, coalesce((
    SELECT max(newest.version) FROM (SELECT DISTINCT queue FROM queue_count WHERE ${where}) AS one CROSS JOIN LATERAL (
      SELECT version FROM queue_task WHERE ${ofAll} AND queue = one.queue AND ${isListed} ORDER BY version DESC LIMIT 1
    ) AS newest
  ), 0) AS "maxVersion", extract(epoch FROM clock.at - (
    SELECT min(greatest(created_at, available_at)) FROM queue_task
    WHERE ${where} AND ${isListed} AND state = 'PENDING' AND available_at <= clock.at
  ))::float8 AS "waitedSeconds"
  FROM (SELECT clock_timestamp() AS at) AS clock`;

const statsOfAll = statement<Figures>(figures(ofAll));
const statsOfOne = statement<Figures, { queue: string }>(figures(ofOne));

/** As indexes have it. */
const hasEnded = "state <> ALL (ARRAY['PENDING', 'RUNNING']::queue_task_state[])";

/** Selects RUNNING and PENDING tasks in running order. If they are too few, ended ones follow, the newest first. */
const commanderTasks = (where: string) => {
  const inState = (state: string) => `(SELECT ${taskColumns} FROM queue_task
      WHERE ${where} AND ${isListed} AND state = '${state}' ORDER BY rank, created_at, id LIMIT ${commanderSize})`;
  return `
  WITH figures AS MATERIALIZED (${figures(where)}), live AS MATERIALIZED (
    SELECT * FROM (${inState("RUNNING")} UNION ALL ${inState("PENDING")}) AS either
    ORDER BY rank, "createdAt", id LIMIT ${commanderSize}
  ), ended AS MATERIALIZED (
    SELECT ${taskColumns} FROM queue_task WHERE ${where} AND ${isListed} AND ${hasEnded}
    ORDER BY created_at DESC, id DESC LIMIT ${commanderSize} - (SELECT count(*) FROM live)
  ), item AS (
    SELECT row_number() OVER (ORDER BY rank, "createdAt", id) AS place, * FROM live UNION ALL
    SELECT ${commanderSize} + row_number() OVER (ORDER BY "createdAt" DESC, id DESC), * FROM ended
  )
  SELECT figures.*, item.* FROM figures LEFT JOIN item ON true ORDER BY item.place`;
};

const commanderOfAll = statement<Figures & QueueTaskRow>(commanderTasks(ofAll));
const commanderOfOne = statement<Figures & QueueTaskRow, { queue: string }>(commanderTasks(ofOne));
