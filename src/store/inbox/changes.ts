import { Clause, prepare } from "../listing/clause.js";
import { sessionColumns } from "../session.js";
import type { TenantClient } from "../statement.js";
import { completeFrom } from "./complete-from.js";
import { type ListedSession, type SessionFilter, lastingConditions, listConditions } from "./list.js";
import { joinMark, markColumns } from "./standing.js";

/** A place among a tenant's changes: a version, and the session up to which that version's changes have been read. */
export type ChangePlace = readonly [version: number, sessionId: string];

/** In a place, instead of a session's id: all changes of the version have been read. */
export const everySession = "~";

/** Before the id of every session, however the database sorts texts. */
const beforeEvery = "";

/**
 * A session that has changed. `listed` tells if it is in the reader's list now, `changedAt` is its newest change's
 * version.
 */
export type ChangedSession = ListedSession & { listed: boolean; changedAt: number };

/** The changes after a place. Each session comes once, as it is now. */
export interface SessionChanges {
  items: ChangedSession[];
  /** The place up to which all changes have been read. */
  place: ChangePlace;
  /** The tenant's version in the same snapshot. */
  version: number;
  /** Before this version changes may be missing: see {@link readCompleteFrom}. */
  completeFrom: number;
}

/**
 * Reads what has changed for one reader since a place: sessions, and what the reader has marked of sessions. Both are
 * read along an index in the order of version and session. If one of them is cut at the limit, nothing past that cut
 * is given, and a session that has changed again past it comes later only. Versions become visible in their own
 * order, so no change up to the version of this snapshot can still appear.
 */
export async function readSessionChanges(
  client: TenantClient,
  { filter, readerId }: { filter: SessionFilter; readerId: string | null },
  place: ChangePlace,
  limit: number,
): Promise<SessionChanges> {
  const [version, sessionId] = place[1] === everySession ? [place[0] + 1, beforeEvery] : place;
  const clause = new Clause({
    table: "session",
    columns: "",
    join: joinMark(readerId),
    where: [],
    order: [],
    direction: "asc",
  });
  const after = `(${clause.value(version, "bigint")}, ${clause.value(sessionId, "text")})`;
  const reader = clause.value(readerId, "text");
  const most = clause.value(limit, "int");
  const complete = completeFrom(
    reader,
    clause.value(filter.projectId ?? "", "text"),
    clause.value(filter.backendProfile ?? "", "text"),
  );
  const from = clause.from("ordered");
  const listed = listConditions(filter).map((condition) => clause.piece(condition));
  // What was never in the list is not told of.
  const lasting = lastingConditions(filter).map((condition) => ` AND ${clause.piece(condition)}`);
  const text = `
    WITH now AS MATERIALIZED (
      SELECT version, ${complete} AS complete_from FROM tenant WHERE tenant_id = :tenantId
    ),
    of_session AS MATERIALIZED (
      SELECT id, change_version AS version FROM session
      WHERE tenant_id = :tenantId AND (change_version, id) > ${after} ORDER BY change_version, id LIMIT ${most}
    ), of_mark AS MATERIALIZED (
      SELECT session_id AS id, change_version AS version FROM reader_mark
      WHERE tenant_id = :tenantId AND reader_id = ${reader} AND (change_version, session_id) > ${after}
      ORDER BY change_version, session_id LIMIT ${most}
    ), cut AS MATERIALIZED (
      SELECT version, id FROM (
        (SELECT version, id FROM of_session ORDER BY version, id OFFSET ${most} - 1)
        UNION ALL (SELECT version, id FROM of_mark ORDER BY version, id OFFSET ${most} - 1)
      ) AS last ORDER BY version, id LIMIT 1
    ), touched AS (SELECT DISTINCT id FROM (SELECT id FROM of_session UNION ALL SELECT id FROM of_mark) AS every)
    SELECT now.version AS "nowVersion", now.complete_from AS "completeFrom", cut.version AS "cutVersion", cut.id AS "cutId", item.*
    FROM now LEFT JOIN cut ON true LEFT JOIN LATERAL (
      SELECT changed.* FROM touched CROSS JOIN LATERAL (
        SELECT ${sessionColumns}, ${markColumns}, (${listed.join(" AND ")}) AS listed,
          greatest(session.change_version, mark.change_version) AS "changedAt"
        FROM ${from} WHERE session.tenant_id = :tenantId AND session.id = touched.id${lasting.join("")} LIMIT 1
      ) AS changed
      WHERE cut.version IS NULL OR (changed."changedAt", changed.id) <= (cut.version, cut.id)
    ) AS item ON true
    ORDER BY item."changedAt", item.id`;
  const rows = await client.rows(prepare<ChangeRow>(text), clause.values);
  const [head] = rows;
  const readUpTo: ChangePlace =
    typeof head?.cutVersion === "number"
      ? [head.cutVersion, head.cutId]
      : [head?.nowVersion ?? place[0], everySession];
  return {
    items: rows.filter((row) => row.id !== null),
    place: readUpTo,
    version: head?.nowVersion ?? place[0],
    completeFrom: head?.completeFrom ?? 0,
  };
}

type ChangeRow = ChangedSession & {
  nowVersion: number;
  completeFrom: number;
  cutVersion: number | null;
  cutId: string;
};
