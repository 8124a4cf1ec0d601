import type pg from "pg";
import { tenantId } from "../rows.js";

/** How many events with a text there are, and in how many sessions. The long form has 10,000,000 of a million. */
export const places = Number(process.env["BENCH_PLACES"] ?? 100_000);
const eventsEach = 10;
const sessions = Math.ceil(places / eventsEach);

/** After how many places one holds a word that no other has. */
export const needleEvery = 100_000;

/** How many words and how many pieces of six words there are, of which texts are made. */
const words = 5_000;
const pieces = 20_000;

/** How many pieces a text has. */
const piecesEach = 5;

const id = (prefix: string, number: string) => `'${prefix}_' || lpad(to_hex(${number}), 32, '0')`;
const at = "now() - (INTERVAL '1 millisecond') * (i * 100)";
/** As good as random, and the same in every run. */
const pick = (seed: string, most: number) => `abs(hashint4((${seed})::int) % ${most})`;
const joined = Array.from(
  { length: piecesEach },
  (_, n) =>
    `JOIN pieces AS p${n} ON p${n}.piece = ${pick(`(i * ${eventsEach} + n) * ${piecesEach} + ${n}`, pieces)}`,
);
const texts = Array.from({ length: piecesEach }, (_, n) => `p${n}.text`).join(", ");

/** Words of which few are common and most are rare, as in prose and code. */
export async function fill(client: pg.Client): Promise<void> {
  for (const statement of [
    `CREATE TABLE words AS SELECT i, CASE WHEN i % 3 = 0 THEN 'resolve' || initcap(w) WHEN i % 3 = 1 THEN w ELSE 'src/' || w || '.ts' END AS word
     FROM (SELECT i, translate(substr(md5(i::text), 1, 3 + i % 6), '0123456789', 'aeioutnsrl') AS w FROM generate_series(0, ${words - 1}) AS i) AS made`,
    `CREATE TABLE pieces AS SELECT piece, string_agg(word, ' ') AS text
     FROM generate_series(0, ${pieces - 1}) AS piece CROSS JOIN generate_series(1, 6) AS n
       JOIN words ON words.i = (power(${pick("piece * 6 + n", 10_000)} / 10000.0, 3) * ${words - 1})::int GROUP BY piece`,
    `ANALYZE pieces`,
    `INSERT INTO tenant (tenant_id, version) VALUES ('${tenantId}', ${sessions})`,
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, title, version, change_version, execution_state,
       terminal_status, reason, reason_since, last_activity_at, created_at, updated_at, last_event_seq)
     SELECT '${tenantId}', ${id("ses", "i")}, 'session-' || i, 'project-' || i % 7, 'codex', 'Mend test ' || i, i, i, 'TERMINAL', 'COMPLETED',
       'FINISHED', ${at}, ${at}, ${at}, ${at}, ${eventsEach} FROM generate_series(1, ${sessions}) AS i`,
    `INSERT INTO run (tenant_id, id, project_id, backend_profile, session_id, status, payload_hash, created_at, updated_at, last_event_seq)
     SELECT '${tenantId}', ${id("run", "i")}, 'project-' || i % 7, 'codex', ${id("ses", "i")}, 'PENDING', '', ${at}, ${at}, ${eventsEach}
     FROM generate_series(1, ${sessions}) AS i`,
    `INSERT INTO run_event (tenant_id, run_id, seq, session_id, session_seq, type, payload, redaction_count, created_at)
     SELECT '${tenantId}', ${id("run", "i")}, n, ${id("ses", "i")}, n, 'COMMAND_OUTPUT', jsonb_build_object('text', concat_ws(' ', ${texts},
       CASE WHEN (i * ${eventsEach} + n) % ${needleEvery} = 7 THEN 'needle' || i * ${eventsEach} + n END)), 0, ${at}
     FROM generate_series(1, ${sessions}) AS i CROSS JOIN generate_series(1, ${eventsEach}) AS n ${joined.join(" ")}`,
    `INSERT INTO search_tenant (tenant_id, indexed_up_to, version, past_id) VALUES ('${tenantId}', now(), ${sessions}, '~')`,
    `VACUUM ANALYZE`,
    `CHECKPOINT`,
  ])
    await client.query(statement);
}
