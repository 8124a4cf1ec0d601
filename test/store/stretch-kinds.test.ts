import { afterAll, beforeAll, expect, it } from "vitest";
import { attentionReasons } from "../../src/domain/inbox/attention.js";
import { listStates } from "../../src/domain/inbox/list.js";
import { sessionListing } from "../../src/store/inbox/session-listing.js";
import type { SessionFilter } from "../../src/store/inbox/list.js";
import { saveSkips } from "../../src/store/inbox/skip.js";
import { type Listing, keyOf, skipAxisNames, wholeTenant } from "../../src/store/listing/listing.js";
import { type Window, readParts } from "../../src/store/listing/parts.js";
import type { SessionRow } from "../../src/store/row.js";
import type { TenantStore } from "../../src/store/store.js";
import { openNode } from "../support/node.js";
import { type Random, createRandom } from "../support/random.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun, finishRun } from "../support/work.js";

/* A reader who has skips, and one with the same marks who has none: their lists must be the same. */
const [skipping, plain] = ["ada", "bob"] as const;
const count = 3_000;
const labels = ["red", "green", "rare", "blue"];
let service: TestService;
let node: TenantStore;

beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  const { pool } = node;
  await pool.query("INSERT INTO tenant (tenant_id, version) VALUES ('local', $1)", [count]);
  await pool.query(
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, first_version, change_version, reason, execution_state,
       terminal_status, reason_since, last_activity_at, created_at, updated_at, labels, parent_id, root_id, ancestors)
     SELECT 'local', 'ses_' || lpad(to_hex(i), 32, '0'), 's' || i, 'p' || i % 7, 'b' || i % 5, i, i, i,
       CASE WHEN i % 23 = 5 THEN 'NEEDS_INPUT' WHEN i % 29 = 6 THEN 'NEEDS_APPROVAL' ELSE ($2::attention_reason[])[1 + i % 5] END, CASE WHEN i % 3 = 0 THEN 'IDLE' ELSE 'TERMINAL' END::session_execution_state,
       CASE WHEN i % 3 > 0 THEN 'FAILED' END::terminal_status, at, at, at - interval '1 day' * (i % 2), at,
       ARRAY(SELECT ($3::text[])[n] FROM generate_series(1, 4) AS n WHERE i % (n * 11) = 0), above, above, CASE WHEN above IS NULL THEN '{}' ELSE ARRAY[above] END
     FROM generate_series(1, $1::int) AS i, LATERAL (SELECT now() - interval '2 days' + i * interval '1 second' AS at,
       CASE WHEN i % 10 = 7 THEN 'ses_' || lpad(to_hex(i - 1), 32, '0') END AS above) AS made`,
    [count, ["FINISHED", "FAILED", "BLOCKED", "CANCELLED", "IDLE"], labels],
  );
  await pool.query(
    "INSERT INTO session_label (tenant_id, session_id, label, project_id) SELECT tenant_id, id, unnest(labels), project_id FROM session",
  );
  await pool.query(
    `INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version)
     SELECT 'local', reader, id, version FROM session, unnest($1::text[]) AS reader WHERE version % 17 <> 3 AND version NOT BETWEEN 900 AND 940`,
    [[skipping, plain]],
  );
  await pool.query("ANALYZE session, session_label, reader_mark");
  for (const axis of skipAxisNames) await saveSkips(node, skipping, axis);
  await pool.query("ANALYZE reader_skip, reader_skip_part");
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

function filterOf(random: Random): SessionFilter {
  const some = (values: readonly string[]) => [random.pick(values), random.pick(values)];
  return {
    state: random.pick(listStates),
    ...(random.chance(0.3)
      ? { reasons: [random.pick(attentionReasons), random.pick(attentionReasons)] }
      : {}),
    ...(random.chance(0.3) ? { projectId: random.pick(["p1", "p2", "p6", "absent", ""]) } : {}),
    ...(random.chance(0.3) ? { backendProfile: random.pick(["b1", "b4", "absent"]) } : {}),
    ...(random.chance(0.3) ? { labelsAll: some(labels).slice(random.below(2)) } : {}),
    ...(random.chance(0.3) ? { labelsAny: some([...labels, "absent"]) } : {}),
    ...(random.chance(0.3) ? { level: "ALL" as const } : {}),
  };
}

async function readRows(listing: Listing, window: Window): Promise<SessionRow[]> {
  const parts = await readParts<SessionRow>(node, listing, [wholeTenant], window);
  return parts.get(wholeTenant)?.rows ?? [];
}

const idsOf = (rows: readonly SessionRow[]) => rows.map(({ id }) => id);

/** Reads two pages next to each other, from either end. */
async function readTwo(listing: Listing, limit: number, backward: boolean): Promise<string[][]> {
  const window = { limit, backward, after: null, before: null };
  const rows = await readRows(listing, window);
  const last = rows.at(backward ? 0 : -1);
  if (!last) return [];
  const next = await readRows(listing, { ...window, [backward ? "before" : "after"]: keyOf(listing, last) });
  return [idsOf(rows), idsOf(next)];
}

async function compare(seed: number, lists: number): Promise<number> {
  const random = createRandom(seed);
  let found = 0;
  for (let list = 0; list < lists; list += 1) {
    const filter = filterOf(random);
    const order = random.pick(["ATTENTION", "LAST_ACTIVITY", "CREATED"] as const);
    const [limit, backward] = [random.pick([5, 60]), random.chance(0.3)];
    const read = (reader: string) => readTwo(sessionListing(filter, order, reader), limit, backward);
    const rows = await read(plain);
    expect({ filter, order, rows: await read(skipping) }).toEqual({ filter, order, rows });
    found += rows.flat().length;
  }
  return found;
}

it("lists of a kind that pass over stretches hold what lists without skips hold", async () => {
  expect(await compare(1, 300)).toBeGreaterThan(2_000);
});

it("whatever sessions have become since, they are in the lists of what they are", async () => {
  const edit = (number: number, action: string) =>
    service.ask(
      `mutation { updateSessions(input: { target: { ids: ["ses_${number.toString(16).padStart(32, "0")}"] }, action: { ${action} } }) { changed } }`,
    );
  for (let number = 3; number < count; number += 17 * 12) {
    await edit(number, 'addLabels: ["rare"]');
    await edit(number + 17, 'removeLabels: ["red", "green"]');
    await finishRun(
      service,
      await createRun(service, {
        session: { sessionId: `s${number + 34}` },
        projectId: `p${(number + 34) % 7}`,
        backendProfile: `b${(number + 34) % 5}`,
      }),
      {
        terminalStatus: "FAILED",
        failureKind: "INFRA_FAILED",
      },
    );
    for (const reader of [skipping, plain])
      await service.ask(
        `mutation { markSessionUnread(input: { session: { sessionId: "s${number + 40}" }, readerId: "${reader}" }) { session { id } } }`,
      );
  }
  expect(await compare(2, 300)).toBeGreaterThan(2_000);
});

it("of many kinds, the bits of a session are those that a filter asks for", async () => {
  // Each kind alone finds what it should among the unread: bits that differ would lose it.
  const every: Partial<SessionFilter>[] = [
    ...attentionReasons.map((reason) => ({ reasons: [reason] })),
    ...["p1", "p2", "p3", "p4", "p5", "p6"].map((projectId) => ({ projectId })),
    ...["b1", "b2", "b3", "b4"].map((backendProfile) => ({ backendProfile })),
    ...labels.map((label) => ({ labelsAll: [label] })),
    ...labels.map((label) => ({ labelsAny: [label] })),
  ];
  const window = { limit: 1_000, backward: false, after: null, before: null };
  for (const filter of every) {
    const read = async (reader: string) =>
      idsOf(await readRows(sessionListing({ state: "UNREAD", ...filter }, "LAST_ACTIVITY", reader), window));
    expect({ filter, rows: await read(skipping) }).toEqual({ filter, rows: await read(plain) });
  }
});

it("what asks is listed alike where more parts may hold it than are read", async () => {
  const { pool } = node;
  await pool.query("UPDATE session SET reason = 'NEEDS_INPUT' WHERE version % 10 <> 9");
  await pool.query("DELETE FROM reader_mark");
  await pool.query(
    `INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version)
     SELECT 'local', reader, id, version FROM session, unnest($1::text[]) AS reader WHERE version % 5 <> 1`,
    [[skipping, plain]],
  );
  for (const axis of skipAxisNames) await saveSkips(node, skipping, axis);
  const { rows } = await pool.query(
    "SELECT FROM reader_skip_part JOIN reader_skip USING (tenant_id, reader_id, is_read, axis, build) WHERE axis = 'ACTIVITY' AND NOT is_read",
  );
  expect(rows.length).toBeGreaterThan(4);
  expect(await compare(3, 100)).toBeGreaterThan(1_000);
});
