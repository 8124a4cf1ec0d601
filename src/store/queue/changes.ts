import { Clause, prepare } from "../listing/clause.js";
import type { QueueTaskRow } from "../row.js";
import type { TenantClient } from "../statement.js";
import { type TaskFilter, taskColumns, taskListing } from "./task.js";

/** A task that has changed. `listed` tells if it is in the followed list now. */
export interface ChangedTask {
  task: QueueTaskRow;
  listed: boolean;
}

type ChangeRow = QueueTaskRow & { listed: boolean; newest: number };

/**
 * Reads the tasks that have changed after a version, each once as it is now, in the order of versions. They are at
 * most `limit`, and more only if the last version's changes would be torn apart. Tasks of another queue, lane or
 * project can never have been in the list and are left out. `upTo` is the version up to which all changes have now
 * been read, and `newest` the tenant's version in the same snapshot. Versions become visible in their own order, so
 * no change up to it can still appear.
 */
export async function readTaskChanges(
  client: TenantClient,
  filter: TaskFilter,
  after: number,
  limit: number,
): Promise<{ changes: ChangedTask[]; upTo: number; newest: number }> {
  const clause = new Clause(taskListing({ ...filter, states: null }));
  const listed = filter.states
    ? clause.piece({ sql: "queue_task.state = ANY(?::queue_task_state[])", value: filter.states })
    : "true";
  const where = clause.where([{ sql: "queue_task.version > ?::bigint", value: after }]);
  const text = `
    SELECT tenant.version AS newest, changed.*
    FROM (SELECT coalesce((SELECT version FROM tenant WHERE tenant_id = :tenantId), 0) AS version) AS tenant
      LEFT JOIN LATERAL (
        SELECT ${taskColumns}, ${listed} AS listed FROM queue_task WHERE ${where}
        ORDER BY queue_task.version FETCH FIRST (${clause.value(limit, "int")}) ROWS WITH TIES
      ) AS changed ON true
    ORDER BY changed.version, changed.id`;
  const rows = await client.rows(prepare<ChangeRow>(text), clause.values);
  const newest = rows[0]?.newest ?? after;
  const changes = rows.filter((row) => row.id !== null).map((row) => ({ task: row, listed: row.listed }));
  const last = changes.at(-1);
  return { changes, upTo: last && changes.length >= limit ? last.task.version : newest, newest };
}
