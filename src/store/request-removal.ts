import { type Statement, statement } from "./statement.js";
import type { Tx } from "./tx.js";

/**
 * Makes the statement that removes at most `limit` of the input requests that meet a condition, and gives their ids. A row stays of each,
 * from which its followers learn that it has left: see {@link noteRemoved}.
 */
export function requestRemoval<Given extends object>(
  where: string,
): Statement<{ id: string }, Given & { limit: number }> {
  return statement(`
    WITH removed AS (
      DELETE FROM input_request WHERE tenant_id = :tenantId
        AND ctid = ANY(ARRAY(SELECT ctid FROM input_request WHERE tenant_id = :tenantId AND ${where} LIMIT :limit))
      RETURNING id, project_id, kind, run_id, session_id
    )
    INSERT INTO removed_request (tenant_id, id, project_id, kind, asked_by, asked_in)
    SELECT :tenantId, id, project_id, kind, run_id,
      coalesce((SELECT ancestors || session.id FROM session WHERE tenant_id = :tenantId AND session.id = removed.session_id), '{}')
    FROM removed RETURNING id`);
}

/** Has the followers of removed requests told, and counts them. */
export async function noteRemoved(tx: Tx, removed: Promise<{ id: string }[]>): Promise<[{ count: number }]> {
  const ids = (await removed).map(({ id }) => id);
  tx.removeRequests(ids);
  return [{ count: ids.length }];
}

/** Removes what was left of these requests. Who has not read up to their removal by now is told that the cursor is too old. */
export async function forgetRequests(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.rows(forget, { ids });
}
const forget = statement<never, { ids: readonly string[] }>(`
  WITH gone AS (DELETE FROM removed_request WHERE tenant_id = :tenantId AND id = ANY(:ids::text[]) RETURNING version)
  UPDATE tenant SET removed_request_version = greatest(removed_request_version, (SELECT max(version) FROM gone)) WHERE tenant_id = :tenantId`);
