import { readerTopic } from "../../domain/topic.js";
import { Clause, prepare } from "../listing/clause.js";
import type { Tx } from "../transaction.js";
import { type SessionFilter, listConditions } from "./list.js";
import { isRead, joinMark } from "./standing.js";

/**
 * Marks the sessions in a reader's list as read that have no newer version than `upToVersion`, or all of them if it
 * is null. It is one statement and takes one version. Returns how many sessions it marked: those that were read
 * before are left alone.
 */
export async function markListRead(
  tx: Tx,
  readerId: string,
  filter: SessionFilter,
  upToVersion: number | null,
): Promise<number> {
  const clause = new Clause({
    table: "session",
    columns: "",
    join: joinMark(readerId),
    where: listConditions(filter),
    order: [],
    direction: "asc",
  });
  const reader = clause.value(readerId, "text");
  const upTo = clause.value(upToVersion, "bigint");
  const from = clause.from("whole");
  const text = `
    WITH taken AS (UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId RETURNING version), saved AS (
      INSERT INTO reader_mark AS kept (tenant_id, reader_id, session_id, read_version, read_at, marked_unread, change_version)
      SELECT :tenantId, ${reader}, session.id, session.version, clock_timestamp(), false, taken.version
      FROM taken CROSS JOIN ${from}
      WHERE ${clause.where()} AND NOT ${isRead} AND session.version <= coalesce(${upTo}, taken.version)
      ON CONFLICT (tenant_id, reader_id, session_id) DO UPDATE SET marked_unread = false, read_at = excluded.read_at,
        read_version = greatest(kept.read_version, excluded.read_version), change_version = excluded.change_version
      RETURNING 1
    ) SELECT count(*) AS changed FROM saved`;
  const [row] = await tx.rows(prepare<{ changed: number }>(text), clause.values);
  const changed = row?.changed ?? 0;
  if (changed > 0) tx.topics.add(readerTopic(tx.tenantId, readerId));
  return changed;
}
