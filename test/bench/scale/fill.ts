import type pg from "pg";
import { createStore } from "../../../src/store/store.js";
import { indexAll } from "../../support/indexing.js";
import { tenantId } from "../rows.js";

/** The readers: who has read nothing, all, the newest 95 %, all but the oldest hundred, and 98 % here and there; who was never seen has no mark. */
export const readers = ["never seen", "nothing", "all", "newest 95 %", "all but 100", "scattered"] as const;

/** The id of a row by its number, from 1. */
export function idOf(prefix: string, number: number): string {
  return `${prefix}_${number.toString(16).padStart(32, "0")}`;
}

/** When the row of a number was last active: one every second, the highest number last, an hour ago. */
export const at = (number: string, sessions: number) =>
  `(date_trunc('second', now()) - interval '1 hour' - (${sessions} - ${number}) * interval '1 second')`;

const id = (prefix: string, number = "i") => `'${prefix}_' || lpad(to_hex(${number}), 32, '0')`;

/** How often something is that is common, rare, or of twenty rows. */
const project = "CASE WHEN i % 2 = 0 THEN 'half' WHEN i % 50021 = 7 THEN 'twenty' ELSE 'p' || i % 98 END";
const profile = "CASE WHEN i % 10 < 7 THEN 'codex' WHEN i % 50021 = 9 THEN 'rare' ELSE 'claude' END";

/** One tenant with so many sessions, twice as many runs, a third as many tasks, a tenth as many requests, and six readers. */
export async function fillScale(pool: pg.Pool, sessions: number): Promise<void> {
  const connection = await pool.connect();
  const now = at("i", sessions);
  const numbers = (count: number) => `generate_series(1, ${Math.round(count)}) AS i`;
  const each = Math.max(1, Math.floor(sessions / 20));
  const mark = (reader: string, where: string) =>
    `INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version, change_version)
     SELECT tenant_id, '${reader}', id, version, 1 FROM session WHERE ${where}`;
  try {
    await connection.query("SET session_replication_role = replica; SET statement_timeout = 0");
    for (const statement of [
      `INSERT INTO tenant (tenant_id, version) VALUES ('${tenantId}', ${sessions})`,
      // The newest 200 run, of the others one in 5,000 asks, and one in 20 has failed.
      `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, title, folded_title, labels, version, first_version,
         change_version, execution_state, active, terminal_status, reason, reason_since, last_activity_at, created_at, updated_at)
       SELECT '${tenantId}', ${id("ses")}, 'session-' || i, ${project.replaceAll("50021", String(each))},
         ${profile.replaceAll("50021", String(each))}, 'Mend test ' || i, 'mend test ' || i,
         (CASE WHEN i % 2 = 0 THEN '{half}' ELSE '{}' END)::text[] || (CASE WHEN i % 200 = 3 THEN '{some}' ELSE '{}' END)::text[]
           || (CASE WHEN i % ${each} = 5 THEN '{twenty}' ELSE '{}' END)::text[],
         i, i, i, (CASE WHEN i > ${sessions} - 200 THEN 'RUNNING' WHEN i % 4 = 0 THEN 'IDLE' ELSE 'TERMINAL' END)::session_execution_state,
         i > ${sessions} - 200, (CASE WHEN i > ${sessions} - 200 OR i % 4 = 0 THEN NULL WHEN i % 20 = 3 THEN 'FAILED' ELSE 'COMPLETED' END)::terminal_status,
         (CASE WHEN i > ${sessions} - 200 THEN 'WORKING' WHEN i % 5000 = 11 THEN 'NEEDS_INPUT' WHEN i % 4 = 0 THEN 'IDLE'
           WHEN i % 20 = 3 THEN 'FAILED' ELSE 'FINISHED' END)::attention_reason, ${now}, ${now}, ${now}, ${now}
       FROM ${numbers(sessions)}`,
      `INSERT INTO session_label (tenant_id, label, session_id, project_id)
       SELECT tenant_id, unnest(labels), id, project_id FROM session`,
      mark("nothing", `version = 1`).replace("version, 1 FROM", "0, 1 FROM"),
      mark("all", "true"),
      mark("newest 95 %", `version > ${Math.floor(sessions / 20)}`),
      mark("all but 100", "version > 100"),
      mark("scattered", "version % 50 <> 17"),
      `UPDATE reader_mark SET archived_version = read_version, archived_at = now() WHERE reader_id = 'scattered' AND read_version % ${Math.max(3, Math.floor(sessions / 1_000))} = 1`,
      `UPDATE reader_mark SET snoozed_version = read_version, snoozed_until = now() + interval '9 days' WHERE reader_id = 'scattered' AND read_version % ${Math.max(4, Math.floor(sessions / 100))} = 2`,
      `UPDATE reader_mark SET pinned_at = now() WHERE reader_id = 'scattered' AND read_version % ${Math.floor(sessions / 5)} = 3`,
      `INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, status, runner_id, payload_hash, created_at, updated_at)
       SELECT '${tenantId}', ${id("run")}, ${project.replaceAll("50021", String(each))}, ${profile.replaceAll("50021", String(each))}, ${id("ses", "(i + 1) / 2")},
         (CASE WHEN i > ${2 * sessions} - 200 THEN 'CLAIMED' WHEN i > ${2 * sessions} - 400 THEN 'PENDING' WHEN i % 20 = 3 THEN 'FAILED' ELSE 'COMPLETED' END)::run_status,
         CASE WHEN i % 1000 < 999 THEN 'rnr_' || i % 20 ELSE 'rnr_rare' END, '', ${at("i / 2", sessions)}, ${at("i / 2", sessions)}
       FROM ${numbers(2 * sessions)}`,
      `UPDATE session SET last_run_id = 'run_' || lpad(to_hex(2 * version), 32, '0')`,
      `INSERT INTO queue_task (tenant_id, id, project_id, queue, lane, title, priority, rank, state, version, payload, payload_hash, max_attempts, available_at, created_at, updated_at)
       SELECT '${tenantId}', ${id("qt")}, ${project.replaceAll("50021", String(each))}, 'queue ' || i % 8, CASE WHEN i % 1000 = 1 THEN 'rare' ELSE 'lane ' || i % 4 END, 'Task ' || i, -(i % 3), i % 3,
         (CASE WHEN i % 3000 = 2 THEN 'RUNNING' WHEN i % 100 = 4 THEN 'PENDING' WHEN i % 20 = 3 THEN 'FAILED' WHEN i % 50 = 1 THEN 'CANCELLED' ELSE 'COMPLETED' END)::queue_task_state,
         i * 3, '{}', '', 3, ${now}, ${now}, ${now}
       FROM ${numbers(0.3 * sessions)}`,
      // Triggers rest while it is filled.
      "INSERT INTO queue_count (tenant_id, queue, lane, state, count) SELECT tenant_id, queue, lane, state, count(*) FROM queue_task GROUP BY 1, 2, 3, 4",
      `INSERT INTO input_request (tenant_id, id, run_id, session_id, project_id, event_seq, kind, prompt, action, choices, multiple, requested_at, due_at, choice_ids, state, version)
       SELECT '${tenantId}', ${id("inp")}, ${id("run", "i * 20")}, ${id("ses", "i * 10")}, ${project.replaceAll("50021", String(each))}, 1,
         (CASE WHEN i % 2 = 0 THEN 'QUESTION' ELSE 'APPROVAL' END)::input_request_kind, 'Go on?', null, '[]', false, ${at("i * 10", sessions)}, '9999-12-31 23:59:59.999999+00', '{}',
         (CASE WHEN i % 100 = 1 THEN 'OPEN' WHEN i % 1000 = 2 THEN 'EXPIRED' ELSE 'ANSWERED' END)::input_request_state, i
       FROM ${numbers(0.1 * sessions)}`,
    ])
      await connection.query(statement);
    const store = createStore(
      pool,
      () => {},
      () => {},
    );
    await indexAll(store.tenant(tenantId));
    await store.close();
    await connection.query("VACUUM ANALYZE search_block, search_session, search_bucket");
    await connection.query("VACUUM ANALYZE");
    await connection.query("CHECKPOINT");
  } finally {
    connection.release(true);
  }
}
