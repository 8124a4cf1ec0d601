import type pg from "pg";
import { localViewer } from "../../src/auth/viewer.js";

/** The tenant of a service without auth. */
export const tenantId = localViewer.tenantId;

/** The reader of a service without auth. */
export const readerId = localViewer.readerId ?? "";

/** How many sessions there are, each with a run and a turn. */
export const sessionCount = 20_000;

/** How many events the run of session 1 has. */
export const eventCount = 1_000;

/** The id of a session, run or command by its number, from 1. */
export function idOf(prefix: "ses" | "run" | "cmd", number: number): string {
  return `${prefix}_${number.toString(16).padStart(32, "0")}`;
}

const id = (prefix: string) => `'${prefix}_' || lpad(to_hex(i), 32, '0')`;

/** Fills the database: what is read stands still, what is appended to are the runs of sessions from 2 on. */
export async function fillRows(pool: pg.Pool): Promise<void> {
  const numbers = `generate_series(1, ${sessionCount}) AS i`;
  const times = "now() - i * interval '1 second'";
  for (const statement of [
    `INSERT INTO tenant (tenant_id, version) VALUES ('${tenantId}', ${sessionCount})`,
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, title, metadata, version, change_version,
       execution_state, terminal_status, reason, reason_since, last_activity_at, created_at, updated_at)
     SELECT '${tenantId}', ${id("ses")}, 'session-' || i, 'project-' || i % 7, 'codex', 'Mend the flaky test ' || i,
       '{"branch": "main"}', i, i, 'TERMINAL', 'COMPLETED', 'FINISHED', ${times}, ${times}, ${times}, ${times} FROM ${numbers}`,
    // The reader has read everything but 30 old sessions.
    `INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version)
     SELECT '${tenantId}', '${readerId}', id, version FROM session WHERE version < ${sessionCount} - 30`,
    `INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, status, payload_hash, created_at, updated_at)
     SELECT '${tenantId}', ${id("run")}, 'project-' || i % 7, 'codex', ${id("ses")}, 'PENDING', '', ${times}, ${times}
     FROM ${numbers}`,
    `INSERT INTO command (tenant_id, id, run_id, session_id, seq, type, state, payload, payload_hash, event_seq,
       created_at, updated_at)
     SELECT '${tenantId}', ${id("cmd")}, ${id("run")}, ${id("ses")}, 1, 'TURN', 'COMPLETED',
       '{"prompt": "Mend the flaky test"}', '', 0, ${times}, ${times} FROM ${numbers}`,
    `UPDATE session SET last_run_id = 'run_' || substr(id, 5), last_command_id = 'cmd_' || substr(id, 5)`,
    `INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, payload, redaction_count, created_at)
     SELECT '${tenantId}', '${idOf("run", 1)}', i, '${idOf("ses", 1)}', i, 'ASSISTANT_MESSAGE',
       jsonb_build_object('text', repeat('The test waits for a fixed time. ', 4) || i), 0, now()
     FROM generate_series(1, ${eventCount}) AS i`,
    `UPDATE run SET last_event_seq = ${eventCount} WHERE id = '${idOf("run", 1)}'`,
    `UPDATE session SET last_event_seq = ${eventCount} WHERE id = '${idOf("ses", 1)}'`,
    `CREATE TABLE bare_unread AS
     SELECT tenant_id AS unread_tenant_id, '${readerId}'::text AS unread_reader_id, last_activity_at AS unread_activity_at,
       updated_at AS unread_updated_at, id AS unread_id FROM session WHERE version >= ${sessionCount} - 30`,
    `CREATE INDEX ON bare_unread (unread_tenant_id, unread_reader_id, unread_activity_at, unread_updated_at, unread_id)`,
    // The index of texts has nothing to do.
    `INSERT INTO search_session (tenant_id, session_id, indexed_seq, title) SELECT tenant_id, id, last_event_seq, title FROM session`,
    `CREATE TABLE bare_event (LIKE run_event INCLUDING ALL)`,
    `CREATE SEQUENCE bare_event_seq CACHE 100`,
    `VACUUM ANALYZE`,
  ]) {
    await pool.query(statement);
  }
}
