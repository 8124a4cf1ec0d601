/*
 * Statements that find what must never be of what is asked of people, of the runs that wait for it, and of trees of sessions.
 * Each row is a fault.
 */

const open = "request.state = 'OPEN'";
const asking = "('NEEDS_APPROVAL', 'NEEDS_INPUT')";
const live = "run.status IN ('PENDING', 'CLAIMED')";
const ofRun = "run.tenant_id = request.tenant_id AND run.id = request.run_id";
const ofSession = "session.tenant_id = request.tenant_id AND session.id = request.session_id";
const ofCommand = "command.tenant_id = request.tenant_id AND command.id = request.command_id";
const neededBy = (own: string) =>
  `CASE request.kind WHEN 'QUESTION' THEN ${own} NOT IN ${asking} ELSE ${own} <> 'NEEDS_APPROVAL' END`;

/** What a tree shows by its members alone, for each session without a parent. */
const trees = `
  WITH RECURSIVE member AS (
    SELECT tenant_id, id AS top, id, execution_state, expired, coalesce(own_reason, reason) AS reason,
      coalesce(own_since, reason_since) AS since, 0 AS depth FROM session WHERE parent_id IS NULL
    UNION ALL SELECT session.tenant_id, top, session.id, session.execution_state, session.expired, session.reason, session.reason_since,
      depth + 1 FROM member JOIN session ON session.tenant_id = member.tenant_id AND session.parent_id = member.id
  ), figures AS (
    SELECT tenant_id, top, count(*) FILTER (WHERE depth > 0 AND NOT expired) AS total,
      count(*) FILTER (WHERE depth > 0 AND execution_state = 'RUNNING') AS active,
      bool_or(execution_state = 'RUNNING') AS is_active,
      sum((SELECT count(*) FROM input_request AS request
        WHERE request.tenant_id = member.tenant_id AND request.session_id = member.id AND ${open})) FILTER (WHERE depth > 0) AS requests,
      (array_agg(row(reason, since)::text ORDER BY array_position('{NEEDS_APPROVAL,NEEDS_INPUT,STALE,WORKING}', reason::text), depth > 0 AND
        reason NOT IN ('NEEDS_APPROVAL', 'NEEDS_INPUT', 'STALE', 'WORKING'), since))[1] AS strongest
    FROM member GROUP BY tenant_id, top
  )`;

/** The runs that go on from a run that ended BLOCKED, one after the other, itself first. */
const lines = `
  WITH RECURSIVE line AS (
    SELECT tenant_id, id AS first, id FROM run WHERE status = 'BLOCKED'
    UNION ALL SELECT line.tenant_id, first, run.id FROM line
      JOIN run ON run.tenant_id = line.tenant_id AND run.resumes_id = line.id
  )`;

/** By what each of them finds. */
export const askedRules: Record<string, string> = {
  "a request is open and its session does not ask": `
    SELECT request.id, request.kind, reason, own_reason FROM input_request AS request JOIN session ON ${ofSession}
    WHERE ${open} AND ${neededBy("coalesce(own_reason, reason)")}`,
  "a request is open and the root above its session does not ask": `
    SELECT request.id, request.kind, root.id AS root, root.reason FROM input_request AS request JOIN session ON ${ofSession}
      JOIN session AS root ON root.tenant_id = request.tenant_id AND root.id = session.root_id
    WHERE ${open} AND ${neededBy("root.reason")}`,
  "a session asks and nothing is open": `
    SELECT id, reason, own_reason FROM session WHERE coalesce(own_reason, reason) IN ${asking} AND NOT EXISTS (
      SELECT FROM input_request AS request WHERE ${ofSession} AND ${open})`,
  "a session counts other requests than are open": `
    SELECT id, open_requests FROM session WHERE open_requests <> (
      SELECT count(*) FROM input_request AS request WHERE ${ofSession} AND ${open})`,
  "a request is open in a run that does not wait for it": `
    SELECT request.id, run.status FROM input_request AS request JOIN run ON ${ofRun}
    WHERE ${open} AND NOT (${live} OR run.status = 'BLOCKED')`,
  "a request is open whose turn is over": `
    SELECT request.id, turn.state, turn.terminal_status FROM input_request AS request JOIN run ON ${ofRun}
      JOIN command AS turn ON turn.tenant_id = request.tenant_id AND turn.id = request.turn_id
    WHERE ${open} AND ${live} AND turn.terminal_status <> 'BLOCKED'`,
  "a run is parked with a command": `
    SELECT run.id FROM run JOIN command ON command.tenant_id = run.tenant_id AND run_id = run.id
    WHERE parked AND command.state = 'PENDING'`,
  "a run lives and is not told of an answer": `
    SELECT request.id, request.state FROM input_request AS request JOIN run ON ${ofRun}
    WHERE ${live} AND command_id IS NULL AND (request.state = 'EXPIRED' OR request.state = 'ANSWERED' AND resume)`,
  "several commands tell of one answer": `
    SELECT tenant_id, told, count(*) FROM (
      SELECT tenant_id, payload->>'inputRequestId' AS told FROM command WHERE type = 'ANSWER' AND state <> 'FAILED'
      UNION ALL SELECT tenant_id, answer->>'inputRequestId' FROM command
        CROSS JOIN jsonb_array_elements(CASE WHEN type = 'TURN' THEN coalesce(payload->'answers', '[]') ELSE '[]' END) AS answer
      WHERE state <> 'FAILED' OR acknowledged_at IS NOT NULL
    ) AS telling WHERE told IS NOT NULL GROUP BY tenant_id, told HAVING count(*) > 1`,
  // What was withdrawn last begins no run: its session was cancelled.
  "a run that ended BLOCKED waits for an answer that was given": `${lines}
    SELECT request.id, run.id AS run, command.type, command.state FROM input_request AS request
      LEFT JOIN command ON ${ofCommand} LEFT JOIN session ON ${ofSession}
      JOIN line ON line.tenant_id = request.tenant_id AND line.first = request.run_id AND NOT EXISTS (
        SELECT FROM run AS next WHERE next.tenant_id = line.tenant_id AND next.resumes_id = line.id)
      JOIN run ON run.tenant_id = request.tenant_id AND run.id = coalesce(command.run_id, line.id)
    WHERE run.status = 'BLOCKED' AND request.state = 'ANSWERED' AND request.resume AND NOT coalesce(session.expired, false)
      AND coalesce((SELECT latest.state FROM input_request AS latest WHERE latest.tenant_id = run.tenant_id AND latest.run_id = run.id
        ORDER BY latest.state = 'OPEN' DESC, latest.closed_at DESC LIMIT 1), 'ANSWERED') NOT IN ('OPEN', 'WITHDRAWN')
      AND (command.id IS NULL OR command.acknowledged_at IS NULL AND (
        SELECT ended.created_at = ending.created_at FROM run_event AS ended JOIN run_event AS ending
          ON ending.tenant_id = ended.tenant_id AND ending.run_id = ended.run_id AND ending.seq = run.last_event_seq
        WHERE ended.tenant_id = run.tenant_id AND ended.run_id = run.id AND ended.seq = command.end_event_seq))`,
  "a root counts other sessions, work or requests than are below it": `${trees}
    SELECT session.id, below_total, total, below_active, figures.active AS working, below_requests, requests, session.active, is_active
    FROM session JOIN figures ON figures.tenant_id = session.tenant_id AND top = session.id
    WHERE (below_total, below_active, below_requests, session.active) <> (total, figures.active, coalesce(requests, 0), is_active)`,
  "a root shows another reason than the strongest in its tree": `${trees}
    SELECT session.id, row(reason, reason_since)::text AS shown, strongest
    FROM session JOIN figures ON figures.tenant_id = session.tenant_id AND top = session.id
    WHERE NOT expired AND row(reason, reason_since)::text <> strongest`,
  "a session does not stand where its parents say": `
    SELECT session.id, session.ancestors, parent.id AS parent, parent.ancestors AS above FROM session
      LEFT JOIN session AS parent ON parent.tenant_id = session.tenant_id AND parent.id = session.parent_id
    WHERE session.ancestors <> CASE WHEN parent.id IS NULL THEN '{}' ELSE parent.ancestors || parent.id END
      OR session.root_id IS DISTINCT FROM session.ancestors[1] OR session.id <= parent.id`,
};
