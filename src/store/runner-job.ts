import { Prisma } from "../generated/prisma/client.js";
import { type RunnerJobRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";

const columns = selectList(Object.keys(Prisma.RunnerJobScalarFieldEnum), "runner_job");

/** The records of these ids that there are. */
export function findJobs(client: TenantClient, ids: readonly string[]): Promise<RunnerJobRow[]> {
  return client.rows(byIds, ids);
}
const byIds = statement(`SELECT ${columns} FROM runner_job WHERE tenant_id = $1 AND id = ANY($2::text[])`);
