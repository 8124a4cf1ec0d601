import type { OpenWork } from "../domain/session.js";
import { statement } from "./statement.js";
import type { Tx } from "./tx.js";

/** What still works in a locked session, and what is asked in it: see {@link OpenWork}. */
export async function findOpenWork(tx: Tx, sessionId: string): Promise<OpenWork> {
  const open = (await findOpenWorkOf(tx, "session", [sessionId])).get(sessionId);
  if (!open) throw new Error("the open work of a session had no row");
  return open;
}

/** As {@link findOpenWork}, of the sessions that these runs or commands have, by the ids of these. What is open besides these commands. */
export async function findOpenWorkOf(
  tx: Tx,
  table: keyof typeof openWork,
  ids: readonly string[],
): Promise<Map<string, OpenWork>> {
  const rows = await tx.rows(openWork[table], { ids });
  return new Map(rows.map(({ id, ...open }) => [id, open]));
}
const openWorkOf = (table: string, session: string, besides = "") => {
  const live = `command.tenant_id = :tenantId AND command.session_id = ${session} AND command.state IN ('PENDING', 'ACKNOWLEDGED')${besides}`;
  const run = `run.tenant_id = :tenantId AND run.session_id = ${session}`;
  return statement<OpenWork & { id: string }, { ids: readonly string[] }>(`
  SELECT place.id,
    (SELECT run_id FROM command WHERE ${live} AND type IN ('TURN', 'STEER') ORDER BY session_seq LIMIT 1) AS "runId",
    (SELECT id FROM command WHERE ${live} AND type = 'TURN' ORDER BY session_seq LIMIT 1) AS "turnId",
    (SELECT id FROM run WHERE ${run} AND status = 'CLAIMED' ORDER BY claimed_at DESC, id DESC LIMIT 1) AS "claimedRunId",
    (SELECT id FROM run WHERE ${run} AND status = 'PENDING' AND lease_expires_at IS NOT NULL LIMIT 1) AS "staleRunId",
    asked."approvalSince", asked."questionSince", asked."openRequests"
  FROM ${table} AS place CROSS JOIN LATERAL (
    SELECT count(*)::int AS "openRequests", min(requested_at) FILTER (WHERE kind <> 'QUESTION') AS "approvalSince",
      min(requested_at) FILTER (WHERE kind = 'QUESTION') AS "questionSince"
    FROM input_request WHERE tenant_id = :tenantId AND session_id = ${session} AND state = 'OPEN'
  ) AS asked
  WHERE place.tenant_id = :tenantId AND place.id = ANY(:ids::text[])`);
};
const openWork = {
  session: openWorkOf("session", "place.id"),
  run: openWorkOf("run", "place.session_id"),
  command: openWorkOf("command", "place.session_id", " AND command.id <> place.id"),
};
