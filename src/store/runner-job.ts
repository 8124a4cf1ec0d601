import type { JsonValue } from "../domain/json-value.js";
import { Prisma } from "../generated/prisma/client.js";
import { type Listing, conditions } from "./listing/listing.js";
import { type RunnerJobRow, selectList } from "./row.js";
import { type TenantClient, statement } from "./statement.js";
import type { Tx } from "./tx.js";

const columns = selectList(Object.keys(Prisma.RunnerJobScalarFieldEnum), "runner_job");

/** The records of these ids that there are. */
export function findJobs(client: TenantClient, ids: readonly string[]): Promise<RunnerJobRow[]> {
  return client.rows(byIds, { ids });
}
const byIds = statement<RunnerJobRow, { ids: readonly string[] }>(
  `SELECT ${columns} FROM runner_job WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** The record of the run that was saved with this key, if any. */
export async function findJobByKey(tx: Tx, runId: string, key: string): Promise<RunnerJobRow | undefined> {
  const prisma = await tx.prisma();
  const where = { tenantId_runId_idempotencyKey: { tenantId: tx.tenantId, runId, idempotencyKey: key } };
  return ((await prisma.runnerJob.findUnique({ where })) ?? undefined) as RunnerJobRow | undefined;
}

/** What a record holds beside its times. */
export interface NewJob {
  id: string;
  runId: string;
  commandId: string | null;
  idempotencyKey: string | null;
  payloadHash: string;
  attemptId: string;
  runnerId: string;
  namespace: string;
  jobName: string;
  managerUrl: string;
  image: string;
  sourceCommit: string;
  serviceAccountName: string | null;
  result: JsonValue;
}

/** Inserts a record of a locked run. */
export async function insertJob(tx: Tx, job: NewJob): Promise<RunnerJobRow> {
  const prisma = await tx.prisma();
  const data = { ...job, tenantId: tx.tenantId, result: job.result ?? Prisma.JsonNull };
  return (await prisma.runnerJob.create({ data })) as RunnerJobRow;
}

/** The records of each run, oldest first, of one command (all where left out). */
export function jobListing(commandId: string | null): Listing {
  return {
    table: "runner_job",
    columns,
    parentColumn: "run_id",
    where: conditions(["runner_job.command_id = ?", commandId]),
    order: [
      { field: "createdAt", type: "timestamptz" },
      { field: "id", type: "text" },
    ],
    direction: "asc",
  };
}
