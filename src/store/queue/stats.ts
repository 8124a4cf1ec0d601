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
  groups: {
    state: QueueTaskState;
    lane: string;
    count: number;
    version: number;
    waitedSeconds: number | null;
  }[];
}

function statsOf(queue: string | null, figures: Figures | undefined): QueueStats {
  if (!figures) throw new Error("a queue's figures were not returned");
  const { groups, generatedAt } = figures;
  const lanes = [...new Set(groups.map(({ lane }) => lane))].toSorted();
  const waits = groups.map(({ waitedSeconds }) => waitedSeconds).filter((seconds) => seconds !== null);
  const countOf = (wanted: typeof groups) => wanted.reduce((sum, { count }) => sum + count, 0);
  return {
    queue,
    total: countOf(groups),
    byState: queueTaskStates.map((state) => ({
      state,
      count: countOf(groups.filter((group) => group.state === state)),
    })),
    byLane: lanes.map((lane) => ({ lane, count: countOf(groups.filter((group) => group.lane === lane)) })),
    maxVersion: Math.max(0, ...groups.map(({ version }) => version)),
    oldestPendingSeconds: waits.length === 0 ? null : Math.max(...waits),
    generatedAt,
  };
}

const ofAll = `tenant_id = :tenantId AND ${isListed}`;
const ofOne = `${ofAll} AND queue = :queue`;

const figures = (where: string) => `
  SELECT clock.at AS "generatedAt", coalesce((
    SELECT jsonb_agg(to_jsonb(counted)) FROM (
      SELECT state, lane, count(*) AS count, max(version) AS version, extract(epoch FROM clock.at
        - min(greatest(created_at, available_at)) FILTER (WHERE state = 'PENDING' AND available_at <= clock.at)
      ) AS "waitedSeconds"
      FROM queue_task WHERE ${where} GROUP BY state, lane
    ) AS counted
  ), '[]') AS groups
  FROM (SELECT clock_timestamp() AS at) AS clock`;

const statsOfAll = statement<Figures>(figures(ofAll));
const statsOfOne = statement<Figures, { queue: string }>(figures(ofOne));

/** Selects RUNNING and PENDING tasks in running order. If they are too few, ended ones follow, the newest first. */
const commanderTasks = (where: string) => `
  WITH figures AS MATERIALIZED (${figures(where)}), live AS MATERIALIZED (
    SELECT ${taskColumns} FROM queue_task WHERE ${where} AND state IN ('RUNNING', 'PENDING')
    ORDER BY rank, created_at, id LIMIT ${commanderSize}
  ), ended AS MATERIALIZED (
    SELECT ${taskColumns} FROM queue_task WHERE ${where} AND state NOT IN ('RUNNING', 'PENDING')
    ORDER BY created_at DESC, id DESC LIMIT ${commanderSize} - (SELECT count(*) FROM live)
  ), item AS (
    SELECT row_number() OVER (ORDER BY rank, "createdAt", id) AS place, * FROM live UNION ALL
    SELECT ${commanderSize} + row_number() OVER (ORDER BY "createdAt" DESC, id DESC), * FROM ended
  )
  SELECT figures.*, item.* FROM figures LEFT JOIN item ON true ORDER BY item.place`;

const commanderOfAll = statement<Figures & QueueTaskRow>(commanderTasks(ofAll));
const commanderOfOne = statement<Figures & QueueTaskRow, { queue: string }>(commanderTasks(ofOne));
