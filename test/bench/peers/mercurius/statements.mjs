/** What the resolvers and loaders ask Postgres; each is prepared once on each connection, by its name. */

const sessionColumns = `session.id, name AS "sessionId", title, execution_state AS "executionState", active, reason,
  last_activity_at AS "lastActivityAt", version, last_run_id AS "lastRunId", last_command_id AS "lastCommandId"`;

const marks = `LEFT JOIN reader_mark AS mark
  ON mark.tenant_id = session.tenant_id AND mark.reader_id = $2 AND mark.session_id = session.id`;
const listed = "session.tenant_id = $1 AND parent_id IS NULL AND NOT removing AND NOT expired";
const isRead = "coalesce(read_version >= version, false)";
const asks = "reason IN ('NEEDS_INPUT', 'NEEDS_APPROVAL')";
const place = ["last_activity_at", "updated_at", "id"];

/** The keys of a list's order, each the greatest first. */
const orders = {
  ATTENTION: [
    "(CASE WHEN reason = 'NEEDS_APPROVAL' THEN 4 WHEN reason = 'NEEDS_INPUT' THEN 3 WHEN active THEN 2 " +
      `WHEN NOT ${isRead} THEN 1 ELSE 0 END)`,
    ...place.map((column) => `session.${column}`),
  ],
  LAST_ACTIVITY: place.map((column) => `session.${column}`),
};

/** A page of sessions, with one more than was asked for, after a session of the list. */
export function sessionPage({ tenantId, readerId }, { first, after, filter, orderBy }) {
  const keys = orders[orderBy];
  const isDefault = filter.state === "DEFAULT";
  const needsMarks = isDefault || orderBy === "ATTENTION";
  const from = `session ${needsMarks ? marks : ""}`;
  const reader = needsMarks ? [readerId] : [];
  const limit = `$${reader.length + 2}`;
  const cursor = `$${reader.length + 3}`;
  const conditions = [
    listed,
    ...(isDefault ? [`(active OR ${asks} OR NOT ${isRead})`] : []),
    ...(after
      ? [`(${keys}) < (SELECT ${keys} FROM ${from} WHERE session.tenant_id = $1 AND session.id = ${cursor})`]
      : []),
  ];
  return {
    name: `sessions ${filter.state} ${orderBy} ${after ? "after" : "first"}`,
    text: `SELECT ${sessionColumns} FROM ${from} WHERE ${conditions.join(" AND ")}
      ORDER BY ${keys.map((key) => `${key} DESC`)} LIMIT ${limit}`,
    values: [tenantId, ...reader, first + 1, ...(after ? [after] : [])],
  };
}

export const sessionById = ({ tenantId }, id) => ({
  name: "session",
  text: `SELECT ${sessionColumns} FROM session WHERE tenant_id = $1 AND id = $2 AND NOT removing`,
  values: [tenantId, id],
});

export const runsById = ({ tenantId }, ids) => ({
  name: "runs",
  text: "SELECT id, status FROM run WHERE tenant_id = $1 AND id = ANY ($2)",
  values: [tenantId, ids],
});

export const commandsById = ({ tenantId }, ids) => ({
  name: "commands",
  text: "SELECT id, state FROM command WHERE tenant_id = $1 AND id = ANY ($2)",
  values: [tenantId, ids],
});

/** How far a reader has read each of some sessions. */
export const marksBySession = ({ tenantId, readerId }, sessionIds) => ({
  name: "marks",
  text: `SELECT session_id AS id, read_version AS "readVersion" FROM reader_mark
    WHERE tenant_id = $1 AND reader_id = $2 AND session_id = ANY ($3)`,
  values: [tenantId, readerId, sessionIds],
});

export const inboxCounts = ({ tenantId, readerId }) => ({
  name: "counts",
  text: `SELECT count(*) AS total, count(*) FILTER (WHERE active) AS active,
      count(*) FILTER (WHERE NOT active AND NOT ${isRead}) AS unread,
      count(*) FILTER (WHERE NOT active AND ${isRead}) AS read, count(*) FILTER (WHERE ${asks}) AS "needsInput"
    FROM session ${marks} WHERE ${listed}`,
  values: [tenantId, readerId],
});

/** A page of a run's events, with one more than was asked for. */
export const eventPage = ({ tenantId }, runId, { first, after }) => ({
  name: "events",
  text: `SELECT run_id AS "runId", seq, type, payload, created_at AS "createdAt" FROM run_event
    WHERE tenant_id = $1 AND run_id = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
  values: [tenantId, runId, Number(after ?? 0), first + 1],
});
