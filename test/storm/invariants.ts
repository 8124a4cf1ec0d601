/*
 * Statements that find what must never be, whatever was written. Each row is a fault.
 */
import { askedRules } from "./asked-rules.js";

const ended = "('COMPLETED', 'FAILED', 'BLOCKED', 'CANCELLED')";
const live = "('PENDING', 'ACKNOWLEDGED')";

/** By what each of them finds. */
export const brokenRules: Record<string, string> = {
  ...askedRules,
  "seq has a gap, or last_event_seq is not true": `
    SELECT run.id, last_event_seq, count(seq), min(seq), max(seq) FROM run LEFT JOIN run_event ON run_id = run.id
    GROUP BY run.id, last_event_seq HAVING last_event_seq <> count(seq) OR last_event_seq <> coalesce(max(seq), 0)
      OR coalesce(min(seq), 1) <> 1`,
  "sessionSeq has a gap, or last_event_seq of a session is not true": `
    SELECT session.id, session.last_event_seq, count(session_seq), min(session_seq), max(session_seq)
    FROM session LEFT JOIN run_event ON session_id = session.id GROUP BY session.id, session.last_event_seq
    HAVING session.last_event_seq <> count(session_seq) OR session.last_event_seq <> coalesce(max(session_seq), 0)
      OR coalesce(min(session_seq), 1) <> 1`,
  "sessionSeq and seq are not in the same order": `
    SELECT later.run_id, later.seq FROM run_event AS later
      JOIN run_event AS earlier ON earlier.run_id = later.run_id AND earlier.seq = later.seq - 1
    WHERE later.session_seq <= earlier.session_seq`,
  "an ended run's log does not end with its only TERMINAL_STATUS": `
    SELECT run.id, status, last_event_seq, array_agg(seq) FROM run
      LEFT JOIN run_event ON run_id = run.id AND type = 'TERMINAL_STATUS' GROUP BY run.id, status, last_event_seq
    HAVING CASE WHEN status IN ${ended} THEN array_agg(seq) <> ARRAY[last_event_seq] ELSE count(seq) > 0 END`,
  "the numbers of commands have a gap, or last_command_seq is not true": `
    SELECT run.id, last_command_seq, count(seq), max(seq) FROM run LEFT JOIN command ON run_id = run.id
    GROUP BY run.id, last_command_seq HAVING last_command_seq <> count(seq) OR last_command_seq <> coalesce(max(seq), 0)`,
  "a command is not where its events say": `
    SELECT command.id, state, event_seq, end_event_seq FROM command
    WHERE NOT EXISTS (SELECT FROM run_event AS event WHERE event.run_id = command.run_id AND seq = event_seq
        AND payload->>'phase' = 'command-created' AND payload->>'commandId' = command.id)
      OR (state NOT IN ${live} AND NOT (type = 'ANSWER' AND state = 'COMPLETED')) <> EXISTS (SELECT FROM run_event AS event WHERE event.run_id = command.run_id
        AND seq = end_event_seq AND payload->>'phase' = 'command-terminal' AND payload->>'commandId' = command.id)`,
  "a command lives in a run that has ended": `
    SELECT command.id, state, status FROM command JOIN run ON run.id = run_id WHERE state IN ${live} AND status IN ${ended}`,
  "a session is RUNNING without work": `
    SELECT id FROM session WHERE execution_state = 'RUNNING'
      AND NOT EXISTS (SELECT FROM command WHERE session_id = session.id AND type IN ('TURN', 'STEER') AND state IN ${live})
      AND NOT EXISTS (SELECT FROM run WHERE session_id = session.id AND status = 'CLAIMED')`,
  "a session works and is not RUNNING": `
    SELECT id, execution_state FROM session WHERE execution_state <> 'RUNNING'
      AND EXISTS (SELECT FROM command WHERE session_id = session.id AND type IN ('TURN', 'STEER') AND state IN ${live})`,
  "a session names as active what has ended": `
    SELECT session.id, active_run_id, active_command_id FROM session LEFT JOIN run ON run.id = active_run_id
      LEFT JOIN command ON command.id = active_command_id
    WHERE run.status IN ${ended} OR command.state NOT IN ${live}
      OR (execution_state <> 'RUNNING' AND (active_run_id IS NOT NULL OR active_command_id IS NOT NULL))`,
  "a run's attempts are not those that its events tell": `
    SELECT run.id, run.attempt, count(seq) FROM run
      LEFT JOIN run_event ON run_id = run.id AND payload->>'phase' = 'run-claimed'
    GROUP BY run.id, run.attempt HAVING run.attempt <> count(seq)`,
  "a task and its attempts disagree": `
    SELECT task.id, task.state, latest.state, task.attempts, task.expired_attempts FROM queue_task AS task
      LEFT JOIN queue_attempt AS latest ON latest.id = latest_attempt_id
      CROSS JOIN LATERAL (SELECT count(*) AS made, coalesce(max(number), 0) AS newest,
        count(*) FILTER (WHERE failure_kind = 'LEASE_EXPIRED') AS expired,
        count(*) FILTER (WHERE state = 'RUNNING') AS running
        FROM queue_attempt WHERE task_id = task.id) AS attempt
    WHERE attempts <> made OR attempts <> newest OR expired_attempts <> expired OR attempts <> coalesce(latest.number, 0)
      OR running <> CASE WHEN task.state = 'RUNNING' THEN 1 ELSE 0 END
      OR (task.state = 'RUNNING') <> coalesce(latest.state = 'RUNNING', false)
      OR (task.state IN ('COMPLETED', 'BLOCKED') AND latest.state <> task.state)
      OR (task.state = 'FAILED' AND expired_attempts < max_attempts AND latest.state <> 'FAILED')`,
  // Of one transaction several may have the same.
  "a change has a version that is not yet taken": `
    SELECT tenant_id, change.version, tenant.version AS taken FROM tenant JOIN (
      SELECT tenant_id, change_version AS version FROM session UNION ALL SELECT tenant_id, version FROM queue_task
    ) AS change USING (tenant_id) WHERE change.version > tenant.version`,
  "a session's version is above its change version": `
    SELECT id, version, change_version FROM session WHERE version > change_version`,
  "a batch's key does not name its events": `
    SELECT batch.run_id, idempotency_key FROM event_batch AS batch
    WHERE (SELECT count(*) FROM run_event AS event WHERE event.run_id = batch.run_id AND seq BETWEEN first_seq AND last_seq
        AND (payload->>'text' LIKE idempotency_key || '.%' OR payload->>'prompt' LIKE idempotency_key || '.%'))
      <> last_seq - first_seq + 1`,
};
