import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Key } from "../../src/domain/cursor.js";
import { type ListState, type SessionOrder, listStates } from "../../src/domain/inbox/list.js";
import { findUnread, findUnreadAfter } from "../../src/store/inbox/mark-list-read.js";
import { sessionListing } from "../../src/store/inbox/session-listing.js";
import { skipAxisNames, wholeTenant } from "../../src/store/listing/listing.js";
import { type Window, readParts } from "../../src/store/listing/parts.js";
import type { SessionRow } from "../../src/store/row.js";
import { needsSkips, saveSkips, saveSkipsOfAllRead } from "../../src/store/inbox/skip.js";
import { createTenantClient } from "../../src/store/statement.js";
import { readVersion } from "../../src/store/tenant.js";
import { openPlainPool } from "../support/plain-pool.js";
import { openNode } from "../support/node.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun, finishRun } from "../support/work.js";

const count = 4_000;
let service: TestService;
let pool: pg.Pool;
beforeAll(async () => {
  service = await startService();
  pool = openPlainPool(service.databaseUrl);
  await pool.query(`INSERT INTO tenant (tenant_id, version) VALUES ('local', ${count})`);
  await pool.query(`
    INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, execution_state, reason_since,
      last_activity_at, created_at, updated_at, parent_id, root_id, ancestors)
    SELECT 'local', 'ses_' || lpad(to_hex(i), 32, '0'), 's' || i, 'p', 'codex', i, i, 'IDLE', at, at, at - interval '1 day' * (i % 2), at,
      above, above, CASE WHEN above IS NULL THEN '{}' ELSE ARRAY[above] END
    FROM generate_series(1, ${count}) AS i, LATERAL (SELECT now() - interval '2 days' + i * interval '1 second' AS at,
      CASE WHEN i % 10 = 7 THEN 'ses_' || lpad(to_hex(i - 1), 32, '0') END AS above) AS made`);
  // One in ten is below another. The reader has read everything but the oldest, two in the middle, and one that is below another.
  await pool.query(`
    INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version)
    SELECT 'local', 'local', id, version FROM session WHERE version > 3 AND version NOT IN (2000, 2997)`);
  await pool.query("ANALYZE session, reader_mark");
});
afterAll(async () => {
  await pool.end();
  await service.close();
});

const idOf = (version: number) => `ses_${version.toString(16).padStart(32, "0")}`;

async function list(filter: string, page = "first: 100", order = "ATTENTION"): Promise<number[]> {
  const data = await service.ask(
    `{ sessions(filter: { ${filter} }, ${page}, orderBy: ${order}) { nodes { version } } }`,
  );
  return data.sessions.nodes.map(({ version }: { version: number }) => version);
}

/** Every list that skips may serve, from both ends. */
async function lists(): Promise<unknown> {
  const found: unknown[] = [];
  for (const order of ["ATTENTION", "LAST_ACTIVITY", "CREATED"])
    for (const state of ["DEFAULT", "UNREAD", "READ", "ALL"])
      for (const level of ["ROOTS", "ALL"])
        for (const page of ["first: 50", "last: 50"])
          found.push(await list(`state: ${state}, level: ${level}`, page, order));
  return found;
}

async function saveAll(): Promise<void> {
  for (const axis of skipAxisNames) await saveSkips(createTenantClient(pool, "local"), "local", axis);
}

it("a list reads alike with skips and without, whatever was marked after they were saved", async () => {
  await saveAll();
  expect(await list("state: UNREAD")).toEqual([2000, 3, 2, 1]);
  const mark = (name: string, version: number, more = "") =>
    service.ask(
      `mutation { ${name}(input: { session: { id: "${idOf(version)}" } ${more} }) { session { id } } }`,
    );
  await mark("markSessionUnread", 1000);
  await mark("markSessionRead", 2);
  await mark("archiveSession", 3);
  await mark("archiveSession", 3500);
  await mark("pinSession", 1500);
  expect(await list("state: UNREAD")).toEqual([2000, 1000, 1]);
  expect(await list("state: UNREAD, level: ALL")).toEqual([2997, 2000, 1000, 1]);
  expect(await list("state: UNREAD, level: ALL", "last: 2", "CREATED")).toEqual([2997, 1]);
  await saveAll();
  await mark("archiveSession", 3, "archived: false");
  await mark("archiveSession", 3500, "archived: false");
  expect(await list("state: UNREAD")).toEqual([2000, 1000, 3, 1]);
  // What was read and is old is unread by something new, and is where it was by creation.
  await finishRun(service, await createRun(service, { session: { sessionId: "s3600" }, projectId: "p" }));
  expect(await list("state: UNREAD", "first: 2", "CREATED")).toEqual([expect.any(Number), 2000]);
  expect(await list("state: UNREAD", "first: 100", "CREATED")).toHaveLength(5);
  const withSkips = await lists();
  await pool.query("DELETE FROM reader_skip");
  expect(withSkips).toEqual(await lists());
});

it("what is unread of a list is found by skips as by every row, active or resting, marked before or after they were saved", async () => {
  const local = openNode(service);
  await saveSkips(local, "local", "ACTIVITY");
  await pool.query(
    `UPDATE session SET active = version % 400 = 0, execution_state = CASE WHEN version % 800 = 0 THEN 'RUNNING' ELSE 'TERMINAL' END::session_execution_state,
       late_at = clock_timestamp()
     WHERE version % 200 = 0`,
  );
  for (const version of [400, 600, 1900])
    await service.ask(
      `mutation { markSessionUnread(input: { session: { id: "${idOf(version)}" } }) { session { id } } }`,
    );
  const newest = await readVersion(local);
  let found = 0;
  for (const state of listStates)
    for (const upToVersion of [null, 0, 1_950, newest - 1])
      for (const narrower of [{}, { projectId: "p" }, { projectId: "none" }, { archived: true }]) {
        const seen = { readerId: "local", filter: { state, ...narrower }, upToVersion };
        const [bySkips, byRows] = [
          await findUnread(local, seen, 50),
          await findUnreadAfter(local, seen, 50, ""),
        ];
        expect({ seen, ...bySkips, ids: bySkips.ids.toSorted() }).toEqual({ seen, ...byRows });
        found += bySkips.ids.length;
      }
  expect(found).toBeGreaterThan(50);
  const sent = await recordStatements(
    async () =>
      void (await findUnread(local, { readerId: "local", filter: { state: "ALL" }, upToVersion: null }, 50)),
  );
  expect(sent.some(({ text }) => text.includes("stretch"))).toBe(true);
  await local.pool.end();
});

it("sessions of one instant, that were imported just now, are listed once each, in pages that are full", async () => {
  const imported = createTenantClient(pool, "imported");
  await pool.query("INSERT INTO tenant (tenant_id, version) VALUES ('imported', 3100)");
  await pool.query(`
    INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, execution_state, reason_since,
      last_activity_at, created_at, updated_at)
    SELECT 'imported', 'ses_' || lpad(to_hex(i), 32, '0'), 's' || i, 'p', 'codex', i, i, 'IDLE', now(), CASE WHEN i > 3000 THEN earlier - interval '1 hour' ELSE earlier END,
      CASE WHEN i > 3000 THEN earlier ELSE now() END, now()
    FROM generate_series(1, 3100) AS i, (SELECT now() - interval '2 days' AS earlier) AS once`);
  await pool.query(`
    INSERT INTO reader_mark (tenant_id, reader_id, session_id, read_version)
    SELECT 'imported', 'ada', id, version FROM session WHERE tenant_id = 'imported' AND version <= 3000 AND version % 600 > 7`);
  const walk = async (order: SessionOrder, state: ListState, level: "ALL" | null) => {
    const pages: string[][] = [];
    for (let after: Key | null = null; ;) {
      const listing = sessionListing({ state, level }, order, "ada");
      const window: Window = { limit: 40, backward: false, after, before: null };
      const part = (await readParts<SessionRow>(imported, listing, [wholeTenant], window)).get(wholeTenant);
      pages.push(part?.rows.map(({ id }) => id) ?? []);
      const last = part?.rows.at(-1);
      if (!last || !part?.hasMore) return pages;
      const place =
        order === "CREATED" ? [last.createdAt, last.id] : [last.lastActivityAt, last.updatedAt, last.id];
      after = [...(listing.bands ? [0] : []), ...place];
    }
  };
  const walkAll = async () => {
    const walks: unknown[] = [];
    for (const order of ["LAST_ACTIVITY", "CREATED"] as const)
      for (const state of ["UNREAD", "READ", "DEFAULT"] as const)
        for (const level of [null, "ALL"] as const)
          walks.push({ order, state, level, pages: await walk(order, state, level) });
    return walks;
  };
  const without = await walkAll();
  for (const axis of skipAxisNames) await saveSkips(imported, "ada", axis);
  expect(await walkAll()).toEqual(without);
});

it("with skips a list passes only what it may hold", async () => {
  await saveAll();
  const { rows } = await pool.query(
    "SELECT axis, is_read, sum(cardinality(lows))::int AS stretches FROM reader_skip_part WHERE tenant_id = 'local' GROUP BY axis, is_read ORDER BY axis, is_read",
  );
  expect(rows).toEqual([
    { axis: "ACTIVITY", is_read: false, stretches: 5 },
    { axis: "ACTIVITY", is_read: true, stretches: 2 },
    { axis: "CREATED", is_read: false, stretches: 5 },
    { axis: "CREATED", is_read: true, stretches: 2 },
    { axis: "ACTIVITY_OF_ALL", is_read: false, stretches: 6 },
    { axis: "ACTIVITY_OF_ALL", is_read: true, stretches: 2 },
    { axis: "CREATED_OF_ALL", is_read: false, stretches: 6 },
    { axis: "CREATED_OF_ALL", is_read: true, stretches: 2 },
  ]);
});

it("skips of a newer version stay as they are, with their own parts", async () => {
  const local = openNode(service);
  const newest = await readVersion(local);
  await saveSkips(local, "bea", "ACTIVITY");
  await saveSkipsOfAllRead(local, "bea", newest + 1, null);
  await saveSkips(local, "bea", "ACTIVITY");
  const { rows } = await pool.query(
    `SELECT is_read, version::int, settled = '-infinity' AS whole, count(*)::int AS parts FROM reader_skip JOIN reader_skip_part
    USING (tenant_id, reader_id, is_read, axis, build) WHERE reader_id = 'bea' AND axis = 'ACTIVITY' GROUP BY 1, 2, 3 ORDER BY 1`,
  );
  await local.pool.end();
  expect(rows).toEqual([
    { is_read: false, version: newest, whole: false, parts: 1 },
    { is_read: true, version: newest + 1, whole: true, parts: 1 },
  ]);
});

it("skips are built for large tenants alone, and anew only once much has changed", async () => {
  const large = createTenantClient(pool, "local");
  const small = createTenantClient(pool, "small");
  await pool.query("INSERT INTO tenant (tenant_id, version) VALUES ('small', 9000)");
  expect(await needsSkips(small, "ada", "CREATED")).toBe(false);
  expect(await needsSkips(createTenantClient(pool, "nobody's"), "ada", "CREATED")).toBe(false);
  expect(await needsSkips(large, "ada", "CREATED")).toBe(true);
  await saveSkips(large, "ada", "ACTIVITY");
  expect(await needsSkips(large, "ada", "CREATED")).toBe(true);
  await saveSkips(large, "ada", "CREATED");
  expect(await needsSkips(large, "ada", "CREATED")).toBe(false);
  await pool.query("UPDATE tenant SET version = version + 500 WHERE tenant_id = 'local'");
  expect(await needsSkips(large, "ada", "CREATED")).toBe(true);
});
