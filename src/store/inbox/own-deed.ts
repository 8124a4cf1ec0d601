import { type TenantClient, statement } from "../statement.js";
import { isRead, joinUpTo } from "./standing.js";

// What a reader does to a session makes it no news for the reader who did it.

type OfReader = { readerId: string; sessionIds: readonly string[] };

/** Those of these sessions that the reader has read as they stand. */
export async function findRead(client: TenantClient, given: OfReader): Promise<string[]> {
  return (await client.rows(read, given)).map(({ id }) => id);
}
const read = statement<{ id: string }, OfReader>(`
  SELECT session.id FROM session
    LEFT JOIN reader_mark AS mark
      ON mark.tenant_id = :tenantId AND mark.reader_id = :readerId AND mark.session_id = session.id
    ${joinUpTo(":readerId")}
  WHERE session.tenant_id = :tenantId AND session.id = ANY(:sessionIds::text[]) AND ${isRead}`);

/** Marks these sessions as read as they stand. `version` is the tenant's newest, whose row the transaction has locked. */
export async function markDone(client: TenantClient, given: OfReader & { version: number }): Promise<void> {
  await client.rows(done, given);
}
const done = statement<never, OfReader & { version: number }>(`
  INSERT INTO reader_mark AS kept (tenant_id, reader_id, session_id, read_version, read_at, change_version)
  SELECT :tenantId, :readerId, id, version, clock_timestamp(), :version::bigint
  FROM session WHERE tenant_id = :tenantId AND id = ANY(:sessionIds::text[])
  ON CONFLICT (tenant_id, reader_id, session_id) DO UPDATE
    SET read_version = excluded.read_version, read_at = excluded.read_at, change_version = excluded.change_version`);
