import pg from "pg";
import { ask } from "./ask.js";
import { whole } from "./comparison.js";
import { openBenchDatabase } from "./database.js";
import { median } from "./median.js";
import { readerId, tenantId } from "./rows.js";
import { openServerProcess } from "./server-process.js";

/** How many sessions there are; of those in trees one in ten is a root. */
const sessions = Number(process.env["BENCH_SESSIONS"] ?? 1_000_000);

/** How often each is asked. */
const times = 31;

const list = (given: string) =>
  `{ sessions(first: 20${given}) { nodes { id attention { reason active unread } tree { total active } } } }`;
const asked = {
  "the inbox": list(""),
  "all roots": list(`, filter: { state: ALL }`),
  "unread ones": list(`, filter: { state: UNREAD }`),
  "by activity": list(`, filter: { state: ALL }, orderBy: LAST_ACTIVITY`),
  "of a project": list(`, filter: { state: ALL, projectId: "project-3" }`),
  counts: "{ inboxCounts { active unread read needsInput total } }",
  "counts of a project": `{ inboxCounts(filter: { projectId: "project-3" }) { active unread read needsInput total } }`,
  "totalCount of the inbox": "{ sessions(first: 1) { totalCount } }",
};

/** Prints what pages and counts of roots cost where most sessions are below others, beside what they cost where none is. */
export async function benchTrees(): Promise<void> {
  const inTrees = await measure(true);
  const alone = await measure(false);
  for (const what of Object.keys(asked)) {
    const [ours, floor] = [inTrees.get(what) ?? Number.NaN, alone.get(what) ?? Number.NaN];
    const ratio = (ours / floor).toFixed(2);
    process.stdout.write(
      `${`${whole(sessions)} sessions, ${what}`.padEnd(52)}${`${ours.toFixed(1)} ms`.padStart(20)}${`${floor.toFixed(1)} ms`.padStart(20)}${ratio.padStart(8)}\n`,
    );
  }
}

async function measure(inTrees: boolean): Promise<Map<string, number>> {
  const database = await openBenchDatabase();
  try {
    await fill(database.url, inTrees);
    const service = await openServerProcess("service", database.url);
    try {
      const took = new Map<string, number>();
      for (const [what, query] of Object.entries(asked)) {
        const all: number[] = [];
        // The first ones are not counted: the reader's skips are built after a slow page.
        for (let time = -times; time < times; time += 1) {
          const begunAt = performance.now();
          await ask(service.url, query);
          if (time >= 0) all.push(performance.now() - begunAt);
        }
        took.set(what, median(all));
      }
      return took;
    } finally {
      await service.close();
    }
  } finally {
    await database.close();
  }
}

/** Trees of ten: a chain of six, and four more below the root. One root in a thousand works, one in a thousand asks. */
async function fill(url: string, inTrees: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const id = (number: string) => `'ses_' || lpad(to_hex(${number}), 32, '0')`;
  const at = "now() - i * interval '1 second'";
  const [isRoot, place] = inTrees ? ["i % 10 = 0", "i % 10"] : ["true", "0"];
  const reason =
    "CASE i % 10000 WHEN 10 THEN 'WORKING' WHEN 20 THEN 'NEEDS_INPUT' ELSE 'FINISHED' END::attention_reason";
  const isWorking = "i % 10000 = 10";
  for (const statement of [
    `INSERT INTO tenant (tenant_id, version) VALUES ('${tenantId}', ${sessions})`,
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, first_version, execution_state,
       terminal_status, reason, reason_since, active, last_activity_at, created_at, updated_at, parent_id, root_id, ancestors, below_total)
     SELECT '${tenantId}', ${id("i")}, 'session-' || i, 'project-' || i / 10 % 7, 'codex', i, i, i,
       CASE WHEN ${isWorking} THEN 'RUNNING' ELSE 'TERMINAL' END::session_execution_state,
       CASE WHEN NOT ${isWorking} THEN 'COMPLETED' END::terminal_status, ${reason}, ${at}, ${isWorking}, ${at}, ${at}, ${at},
       CASE WHEN NOT ${isRoot} THEN CASE WHEN ${place} <= 5 THEN ${id("i - 1")} ELSE ${id(`i - ${place}`)} END END,
       CASE WHEN NOT ${isRoot} THEN ${id(`i - ${place}`)} END,
       CASE WHEN ${place} <= 5 THEN ARRAY(SELECT ${id("n")} FROM generate_series(i - ${place}, i - 1) AS n) ELSE ARRAY[${id(`i - ${place}`)}] END,
       CASE WHEN ${isRoot} THEN ${inTrees ? 9 : 0} ELSE 0 END
     FROM generate_series(10, ${sessions + 9}) AS i`,
    // The reader has read everything but thirty.
    `INSERT INTO reader_read_up_to (tenant_id, reader_id, project_id, backend_profile, version, change_version, read_at)
     VALUES ('${tenantId}', '${readerId}', '', '', ${sessions - (inTrees ? 300 : 30)}, ${sessions}, now())`,
    `INSERT INTO search_session (tenant_id, session_id, indexed_seq, title) SELECT tenant_id, id, 0, title FROM session`,
    `VACUUM ANALYZE`,
    `CHECKPOINT`,
  ])
    await client.query(statement);
  await client.end();
}
