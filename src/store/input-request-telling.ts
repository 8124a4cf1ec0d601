/* Which commands tell runners of requests that are closed, and of which closed ones no runner was told. */
import { requestColumns } from "./input-request.js";
import type { InputRequestRow } from "./row.js";
import { findsAny, statement } from "./statement.js";
import type { Tx } from "./tx.js";

/**
 * The requests that were answered or expired and of which no command has told a runner, oldest first: those of a run that has ended,
 * and those of which a run that it goes on from was to be told by a turn that nobody took.
 */
export function findUntold(tx: Tx, runId: string): Promise<InputRequestRow[]> {
  return tx.rows(untold, { runId });
}
const untold = statement<InputRequestRow, { runId: string }>(`
  WITH RECURSIVE line AS (
    SELECT id, resumes_id FROM run WHERE tenant_id = :tenantId AND id = :runId
    UNION ALL SELECT run.id, run.resumes_id FROM line JOIN run ON run.tenant_id = :tenantId AND run.id = line.resumes_id
    WHERE ${findsAny(`FROM command WHERE tenant_id = :tenantId AND run_id = line.id AND type = 'TURN' AND state = 'FAILED'
      AND acknowledged_at IS NULL`)}
  )
  SELECT ${requestColumns} FROM input_request LEFT JOIN command ON command.tenant_id = :tenantId AND command.id = input_request.command_id
  WHERE input_request.tenant_id = :tenantId AND input_request.run_id = ANY(ARRAY(SELECT id FROM line))
    AND input_request.state IN ('ANSWERED', 'EXPIRED')
    AND (command.type IS NULL OR command.type = 'ANSWER' AND command.state <> 'COMPLETED')
  ORDER BY input_request.requested_at, input_request.id`);

/** Names the command that tells of these closed requests. */
export async function saveTelling(tx: Tx, ids: readonly string[], commandId: string): Promise<void> {
  await tx.rows(tell, { ids, commandId });
  for (const id of ids) tx.changeRequest(id);
}
const tell = statement<never, { ids: readonly string[]; commandId: string }>(
  `UPDATE input_request SET command_id = :commandId WHERE tenant_id = :tenantId AND id = ANY(:ids::text[])`,
);

/** Takes back that these turns, which nobody took, tell of answers for which a new run goes on. */
export async function saveUntold(tx: Tx, turnIds: readonly string[]): Promise<void> {
  if (turnIds.length === 0) return;
  for (const { id } of await tx.rows(untell, { turnIds })) tx.changeRequest(id);
}
const untell = statement<{ id: string }, { turnIds: readonly string[] }>(`
  UPDATE input_request SET command_id = NULL WHERE tenant_id = :tenantId AND command_id = ANY(:turnIds::text[])
    AND (resume OR state = 'EXPIRED') RETURNING id`);
