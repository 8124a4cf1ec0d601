import { Prisma } from "./generated/index.js";

/**
 * Which sessions of an inbox come next, in the order of attention: in SQL, since Prisma compares no columns of two tables, and a session
 * is unread if its version is greater than that of the reader's mark.
 */
export function inboxIds({ tenantId, readerId, isDefault, after, skip, take }) {
  const from = Prisma.sql`session LEFT JOIN reader_mark AS mark
    ON mark.tenant_id = session.tenant_id AND mark.reader_id = ${readerId} AND mark.session_id = session.id`;
  const isRead = Prisma.sql`coalesce(read_version >= version, false)`;
  const rank = Prisma.sql`CASE WHEN reason = 'NEEDS_APPROVAL' THEN 4 WHEN reason = 'NEEDS_INPUT' THEN 3 WHEN active THEN 2
    WHEN NOT ${isRead} THEN 1 ELSE 0 END`;
  const key = Prisma.sql`${rank}, last_activity_at, updated_at, id`;
  const asksOrUnread = Prisma.sql`AND (active OR reason IN ('NEEDS_INPUT', 'NEEDS_APPROVAL') OR NOT ${isRead})`;
  const since = Prisma.sql`AND (${key}) <= (SELECT ${key} FROM ${from} WHERE session.tenant_id = ${tenantId} AND id = ${after})`;
  return Prisma.sql`SELECT id FROM ${from}
    WHERE session.tenant_id = ${tenantId} AND parent_id IS NULL AND NOT removing AND NOT expired
      ${isDefault ? asksOrUnread : Prisma.empty} ${after ? since : Prisma.empty}
    ORDER BY ${rank} DESC, last_activity_at DESC, updated_at DESC, id DESC LIMIT ${take} OFFSET ${skip}`;
}

/** The figures of an inbox. */
export function inboxCounts({ tenantId, readerId }) {
  return Prisma.sql`
    SELECT count(*) AS total, count(*) FILTER (WHERE active) AS active,
      count(*) FILTER (WHERE NOT active AND NOT coalesce(read_version >= version, false)) AS unread,
      count(*) FILTER (WHERE NOT active AND coalesce(read_version >= version, false)) AS read,
      count(*) FILTER (WHERE reason IN ('NEEDS_INPUT', 'NEEDS_APPROVAL')) AS "needsInput"
    FROM session LEFT JOIN reader_mark AS mark
      ON mark.tenant_id = session.tenant_id AND mark.reader_id = ${readerId} AND mark.session_id = session.id
    WHERE session.tenant_id = ${tenantId} AND parent_id IS NULL AND NOT removing AND NOT expired`;
}
