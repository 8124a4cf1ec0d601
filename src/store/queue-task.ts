import { Prisma } from "../generated/prisma/client.js";
import { type QueueTaskRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";

const columns = selectList(Object.keys(Prisma.QueueTaskScalarFieldEnum), "queue_task");

/** The tasks of these ids that there are. */
export function findTasks(client: TenantClient, ids: readonly string[]): Promise<QueueTaskRow[]> {
  return client.rows(byIds, ids);
}
const byIds = statement(`SELECT ${columns} FROM queue_task WHERE tenant_id = $1 AND id = ANY($2::text[])`);
