import { Prisma } from "../generated/prisma/client.js";
import { type QueueAttemptRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";

const fields = Object.keys(Prisma.QueueAttemptScalarFieldEnum).filter((field) => field !== "leaseTokenHash");
const columns = selectList(fields, "queue_attempt");

/** The attempts of these ids that there are. */
export function findAttempts(client: TenantClient, ids: readonly string[]): Promise<QueueAttemptRow[]> {
  return client.rows(byIds, ids);
}
const byIds = statement(`SELECT ${columns} FROM queue_attempt WHERE tenant_id = $1 AND id = ANY($2::text[])`);
