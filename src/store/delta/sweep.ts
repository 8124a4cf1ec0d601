import type pg from "pg";
import { silenceSeconds } from "../../domain/delta.js";
import { runStatement, statementOverTenants } from "../statement.js";

/** How many dead streams one statement removes. */
const removedAtOnce = 500;

/** Removes some streams that have ended, of all tenants; true if there may be more. One that goes on meanwhile stays. */
export async function removeDeadStreams(pool: pg.Pool): Promise<boolean> {
  const [removed] = await runStatement(pool, remove, {});
  return removed?.count === removedAtOnce;
}
// The table is small, and an index by time would make each delta dearer. As a join with the runs it might read all of them.
const remove = statementOverTenants<{ count: number }>(`
  WITH removed AS (
    DELETE FROM delta_stream WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM delta_stream AS stream
      WHERE touched_at <= clock_timestamp() - interval '${silenceSeconds} seconds' OR coalesce((
        SELECT NOT (status = 'CLAIMED' AND attempt = stream.attempt AND lease_expires_at > clock_timestamp())
        FROM run WHERE tenant_id = stream.tenant_id AND id = stream.run_id), true)
      LIMIT ${removedAtOnce}))
    RETURNING 1
  ) SELECT count(*)::int AS count FROM removed`);
