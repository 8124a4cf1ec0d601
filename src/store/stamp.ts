import { readerTopic } from "../domain/topic.js";
import { lateAt } from "./inbox/late.js";
import { findRead, markDone } from "./inbox/own-deed.js";
import { statement } from "./statement.js";
import type { Tx } from "./tx.js";

/**
 * Locks the tenant's row, takes its next version and gives it to everything that changed, and commits. It is always the last
 * statement of its transaction. So versions become visible in their own order and a reader of "changed since version"
 * misses nothing, and the row is locked for one statement and a commit only, which is sent along with it: no answer is waited for
 * in between, however busy this process is. Where the statement fails, Postgres rolls back instead.
 */
export async function stampAndCommit(tx: Tx, commit: () => Promise<unknown>): Promise<void> {
  const { sessions, raised, asking, tasks, requests, removedRequests } = tx;
  if ([sessions, tasks, requests, removedRequests].every(({ size }) => size === 0)) {
    await commit();
    return;
  }
  const { deed } = tx;
  const read = deed ? await findRead(tx, deed) : [];
  const changed = {
    sessions: [...sessions],
    raised: [...raised],
    asking: [...asking],
    tasks: [...tasks],
    requests: [...requests],
    removedRequests: [...removedRequests],
  };
  const take = () => tx.rows(stamp, changed);
  if (!deed || read.length === 0) {
    await tx.together(() => Promise.all([take(), commit()]));
    return;
  }
  const [taken] = await take();
  if (taken) await markDone(tx, { readerId: deed.readerId, sessionIds: read, version: taken.version });
  tx.topics.add(readerTopic(tx.tenantId, deed.readerId));
  await commit();
}

/** The SQL that locks the tenant's row and takes its next version. `first` gives the tenant and 1, which is a new tenant's. */
export function takeVersion(first: string): string {
  return `INSERT INTO tenant (tenant_id, version) ${first} ON CONFLICT (tenant_id) DO UPDATE SET version = tenant.version + 1 RETURNING version`;
}

type Stamped = Record<
  "sessions" | "raised" | "asking" | "tasks" | "requests" | "removedRequests",
  readonly string[]
>;
const stamp = statement<{ version: number }, Stamped>(`
  WITH taken AS (
    ${takeVersion("VALUES (:tenantId, 1)")}
  ), changed_session AS (
    UPDATE session SET change_version = taken.version,
      late_at = ${lateAt},
      first_version = CASE WHEN session.change_version = 0 THEN taken.version ELSE first_version END,
      version = CASE WHEN id = ANY(:raised::text[]) THEN taken.version ELSE session.version END,
      input_version = CASE WHEN id = ANY(:asking::text[]) THEN taken.version ELSE session.input_version END
    FROM taken WHERE tenant_id = :tenantId AND id = ANY(:sessions::text[])
  ), changed_request AS (
    UPDATE input_request SET version = taken.version FROM taken WHERE tenant_id = :tenantId AND id = ANY(:requests::text[])
  ), removed_request AS (
    UPDATE removed_request SET version = taken.version FROM taken WHERE tenant_id = :tenantId AND id = ANY(:removedRequests::text[])
  ), changed_task AS (
    UPDATE queue_task SET version = taken.version FROM taken WHERE tenant_id = :tenantId AND id = ANY(:tasks::text[])
  )
  SELECT version FROM taken`);
