/*
 * Statements that find what was acknowledged and is not there. $1 is the ledger as JSON; each row is a fault.
 */

const told = (list: string, columns: string) =>
  `jsonb_to_recordset($1::jsonb->'${list}') AS told (${columns})`;

/** By what each of them finds. */
export const lostWrites: Record<string, string> = {
  "an event that was acknowledged is not at its place": `
    SELECT told.* FROM ${told("events", `"runId" text, seq int, text text`)}
    WHERE NOT EXISTS (SELECT FROM run_event WHERE run_id = told."runId" AND run_event.seq = told.seq
      AND told.text IN (payload->>'text', payload->>'prompt'))`,
  "an event was stored twice": `
    SELECT run_id, payload->>'text' AS text, count(*) FROM run_event WHERE type = 'ASSISTANT_MESSAGE'
    GROUP BY 1, 2 HAVING count(*) > 1`,
  "a run that was acknowledged is not there": `
    SELECT told.* FROM ${told("runs", "id text, text text")}
    WHERE NOT EXISTS (SELECT FROM run WHERE run.id = told.id AND idempotency_key = told.text)`,
  "a command that was acknowledged is not there": `
    SELECT told.* FROM ${told("commands", `id text, "runId" text, text text`)}
    WHERE NOT EXISTS (SELECT FROM command
      WHERE command.id = told.id AND run_id = told."runId" AND payload->>'prompt' = told.text)`,
  "a run did not stay as it ended": `
    SELECT told.*, status FROM ${told("endedRuns", "id text, state text")} LEFT JOIN run USING (id)
    WHERE status::text IS DISTINCT FROM told.state OR told.state IN ('PENDING', 'CLAIMED')`,
  "a command did not stay as it ended": `
    SELECT told.*, command.state FROM ${told("endedCommands", "id text, state text")} LEFT JOIN command USING (id)
    WHERE command.state::text IS DISTINCT FROM told.state OR told.state IN ('PENDING', 'ACKNOWLEDGED')`,
  "an attempt at a run was given to two": `
    SELECT "runId", attempt, count(*) FROM ${told("claims", `"runId" text, attempt int`)}
    GROUP BY 1, 2 HAVING count(*) > 1`,
  "a claim of a run is forgotten": `
    SELECT told.*, run.attempt AS stored FROM ${told("claims", `"runId" text, attempt int`)}
      LEFT JOIN run ON run.id = told."runId"
    WHERE run.attempt IS NULL OR run.attempt < told.attempt`,
  "a task that was acknowledged is not there": `
    SELECT told.* FROM ${told("tasks", "id text, text text")}
    WHERE NOT EXISTS (SELECT FROM queue_task WHERE queue_task.id = told.id AND title = told.text)`,
  "a task did not stay as it ended": `
    SELECT told.*, queue_task.state FROM ${told("endedTasks", "id text, state text")} LEFT JOIN queue_task USING (id)
    WHERE queue_task.state::text IS DISTINCT FROM told.state OR told.state IN ('PENDING', 'RUNNING')`,
  "an attempt at a task was given to two": `
    SELECT id, count(*) FROM ${told("attempts", "id text")} GROUP BY 1 HAVING count(*) > 1`,
  "an attempt that was acknowledged is not there": `
    SELECT told.* FROM ${told("attempts", `id text, "taskId" text`)}
    WHERE NOT EXISTS (SELECT FROM queue_attempt WHERE queue_attempt.id = told.id AND task_id = told."taskId")`,
  "an attempt did not stay as it ended": `
    SELECT told.*, queue_attempt.state FROM ${told("endedAttempts", "id text, state text")}
      LEFT JOIN queue_attempt USING (id)
    WHERE queue_attempt.state::text IS DISTINCT FROM told.state`,
  "a reader's mark is lost": `
    SELECT told.* FROM ${told("marks", `"readerId" text, "sessionId" text, kind text, version bigint, until timestamptz`)}
    WHERE NOT EXISTS (SELECT FROM reader_mark WHERE reader_id = told."readerId" AND session_id = told."sessionId"
      AND CASE told.kind WHEN 'read' THEN read_version >= told.version WHEN 'pinned' THEN pinned_at IS NOT NULL
        WHEN 'archived' THEN archived_version IS NOT NULL WHEN 'snoozed' THEN snoozed_until = told.until END)`,
  "a reader's mark of a task is lost": `
    SELECT told.* FROM ${told("taskMarks", `"readerId" text, "taskId" text`)}
    WHERE NOT EXISTS (SELECT FROM queue_task_mark WHERE reader_id = told."readerId" AND task_id = told."taskId")`,
};
