import { afterAll, beforeAll, expect, it } from "vitest";
import { countEach, countInbox, countTabs } from "../../src/store/inbox/counts.js";
import type { SessionFilter } from "../../src/store/inbox/list.js";
import type { TenantStore } from "../../src/store/store.js";
import { openNode } from "../support/node.js";
import { createRandom } from "../support/random.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";

const sessions = 300;
let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  const random = createRandom(4);
  const rows = Array.from({ length: sessions }, (_, n) => {
    const at = new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
    return {
      id: `ses_${n.toString(16).padStart(32, "0")}`,
      project: random.pick(["p", "q", "r"]),
      title: random.pick(["mend the door", "paint the wall", "mend the wall"]),
      reason: random.pick(["NEEDS_INPUT", "STALE", "FINISHED"]),
      active: random.chance(0.2),
      read: random.chance(0.5),
      archived: random.chance(0.2),
      snoozed: random.chance(0.2),
      label: random.chance(0.3),
      at,
    };
  });
  const given = `FROM jsonb_to_recordset($1::jsonb) AS row (id text, project text, title text, reason attention_reason, active boolean,
    read boolean, archived boolean, snoozed boolean, label boolean, at timestamptz)`;
  for (const sql of [
    "INSERT INTO tenant (tenant_id, version) SELECT 'local', count(*) FROM jsonb_array_elements($1::jsonb)",
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, folded_title, version, change_version, execution_state,
       active, reason, reason_since, last_activity_at, created_at, updated_at)
     SELECT 'local', id, id, project, 'codex', title, 1, 1, 'IDLE', active, reason, at, at, at, at ${given}`,
    `INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version, archived_version, snoozed_until, snoozed_version)
     SELECT 'local', 'ada', id, CASE WHEN read THEN 1 END, CASE WHEN archived THEN 1 END,
       CASE WHEN snoozed THEN now() + interval '1 day' END, CASE WHEN snoozed THEN 1 END ${given}`,
    `INSERT INTO session_label (tenant_id, label, session_id, project_id) SELECT 'local', 'red', id, project ${given} WHERE label`,
  ])
    await node.pool.query(sql, [JSON.stringify(rows)]);
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

const state = "ALL";
const plain: SessionFilter[] = [
  { state },
  { state: "UNREAD" },
  { state, projectId: "p" },
  { state, projectId: "q", search: "MEND" },
  { state, reasons: ["STALE", "FINISHED"] },
  { state, archived: true },
  { state, snoozed: true, projectId: "r" },
  { state, archived: true, snoozed: true },
  { state, updatedAfter: "2026-01-01T02:00:00Z" },
  { state, projectId: "none" },
];
const further: SessionFilter[] = [
  { state, labelsAny: ["red"] },
  { state, level: "ALL" },
];

it.each(["ada", null])("tabs of %s are what each filter counts for itself", async (reader) => {
  const filters = [...plain, ...further, ...plain.toReversed()];
  const each = [];
  for (const filter of filters) each.push(await countInbox(node, filter, reader));
  expect(await countTabs(node, filters, reader)).toEqual(each);
  expect(each[0]?.total).toBeGreaterThan(50);
  expect(await countTabs(node, [], reader)).toEqual([]);
});

it("however many they are, the sessions are passed over once, and once more for each that looks further; the few of a filter by themselves", async () => {
  const amongAll = plain.filter(({ search, updatedAfter }) => !search && !updatedAfter);
  for (const [filters, passes] of [
    [amongAll, 1],
    [[{ state, level: "ALL" }, ...amongAll, ...amongAll], 2],
    [plain, 3],
    [[...further, ...plain, ...plain], 7],
  ] as [SessionFilter[], number][]) {
    const sent = await recordStatements(() => countEach(node, filters, "ada"));
    const [counting, ...others] = sent.filter(({ text }) => text.includes("FILTER (WHERE"));
    expect(others).toEqual([]);
    const text = counting?.text ?? "";
    expect(text.split("AS counted CROSS JOIN LATERAL")).toHaveLength(passes + 1);
    const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    const connection = await node.pool.connect();
    await connection.query(`PREPARE tabs AS ${text}`);
    const values = Array.from({ length: parameters }, () => "NULL").join(", ");
    const plan = await connection.query<{ "QUERY PLAN": string }>(`EXPLAIN EXECUTE tabs(${values})`);
    connection.release(true);
    const scans = plan.rows.filter((row) => /Scan.* on session( session_\d+)? {2}\(/.test(row["QUERY PLAN"]));
    // Where its sessions are among few, they may be found by their own rows first.
    if (passes <= 2) expect(scans).toHaveLength(passes);
    else expect(scans.length).toBeGreaterThanOrEqual(passes);
  }
});

it.each(["ada", null])("tabs of %s are the same where some of them are kept", async (reader) => {
  const filters = [...further, ...plain];
  const counted = await countEach(node, filters, reader);
  // As many are worth a base.
  node.bases.counted(node, reader, 5_000);
  await expect.poll(() => node.bases.isKept(node, reader)).toBe(true);
  const sent = await recordStatements(async () => {
    expect(await countTabs(node, filters, reader)).toEqual(counted);
  });
  expect(sent.filter(({ text }) => text.includes("reader_base_count"))).toHaveLength(1);
  expect(await countTabs(node, further, reader)).toEqual(counted.slice(0, further.length));
});

it("a node that knows nothing of a reader yet reads what is kept, and counts nothing", async () => {
  const other = openNode(service, node.tenantId);
  try {
    const sent = await recordStatements(() => countTabs(other, [{ state }], "ada"));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text).toContain("reader_base_count");
    expect(other.bases.isKept(other, "ada")).toBe(true);
  } finally {
    await other.pool.end();
  }
});
