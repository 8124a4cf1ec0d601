import { afterAll, beforeAll, expect, it } from "vitest";
import { countEach, figures } from "../../src/store/inbox/counts.js";
import { moveBase, tendBase } from "../../src/store/inbox/base/keep.js";
import { readKept } from "../../src/store/inbox/base/read.js";
import { baseLimits, nobody } from "../../src/store/inbox/base/since.js";
import { findUntended, sweepBases } from "../../src/store/inbox/base/sweep.js";
import { markArchived, markRead, markUnread } from "../../src/store/inbox/mark.js";
import { hasSkips } from "../../src/store/inbox/skip.js";
import type { TenantStore } from "../../src/store/store.js";
import { transaction } from "../../src/store/transaction.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";

const count = baseLimits.sessions + 10;
let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  await node.pool.query("INSERT INTO tenant (tenant_id, version) VALUES ('local', $1)", [count]);
  await node.pool.query(
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, first_version, change_version, execution_state,
       reason_since, last_activity_at, created_at, updated_at)
     SELECT 'local', 'ses_' || lpad(to_hex(i), 32, '0'), 's' || i, 'p' || i % 3, 'codex', i, i, i, 'IDLE', at, at, at, at
     FROM generate_series(1, $1::int) AS i, LATERAL (SELECT now() - interval '2 days' + i * interval '1 second' AS at) AS clock`,
    [count],
  );
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

const everything = graphql(`
  query CountEverything {
    all: inboxCounts { ...Counts }
    tabs: inboxTabs(filters: [{ projectId: "p1" }, { archived: true }]) { ...Counts }
    unread: sessions(filter: { state: UNREAD }, first: 1) { totalCount }
  }
`);
const marked = graphql(`
  mutation MarkAllOfMany($input: MarkSessionsReadInput!) { markSessionsRead(input: $input) { changed counts { ...Counts } } }
`);

const totalOf = graphql(`
  query TotalOfReader($readerId: String) { sessions(readerId: $readerId, first: 1) { totalCount } }
`);
const countsOf = graphql(`
  query CountsOfReader($readerId: String) { inboxCounts(readerId: $readerId) { ...Counts } }
`);
const markMany = graphql(`
  mutation MarkManyOfMany($input: UpdateSessionsInput!) { updateSessions(input: $input) { results { outcome } } }
`);
const idOf = (number: number) => `ses_${number.toString(16).padStart(32, "0")}`;

/** Changes some sessions, `which`, under one new version, `taken`. */
const changeSessions = (which: string, set: string) =>
  node.pool.query(
    `WITH taken AS (UPDATE tenant SET version = version + 1 WHERE tenant_id = 'local' RETURNING version)
     UPDATE session SET change_version = taken.version, late_at = clock_timestamp(), ${set} FROM taken
     WHERE session.tenant_id = 'local' AND session.id IN (SELECT id FROM session ${which})`,
  );

/** Those of the statements that count sessions by their rows: duties count other things meanwhile. */
const countingRows = (sent: readonly { text: string }[]) =>
  sent.filter(
    ({ text }) => /count\(\*\)/.test(text) && /\bsession\b/.test(text) && !/reader_base_count/.test(text),
  );

/** What the service tells, and how many of its statements count by rows. */
async function ask() {
  let told: Awaited<ReturnType<typeof askPlainly>> | undefined;
  const sent = await recordStatements(async () => void (told = await askPlainly()));
  return { told, byRows: countingRows(sent).length };
}
const askPlainly = () => service.ask(everything);

/** The same by the rows. */
async function counted() {
  const {
    version: _v,
    filter: _f,
    readerId: _r,
    ...all
  } = (await countEach(node, [{ state: "ALL" }], "local"))[0] ?? {};
  return all;
}

it("counts of many sessions are kept once they were asked for, and stay what they are", async () => {
  expect((await ask()).told?.all).toEqual(await counted());
  await expect.poll(async () => (await ask()).byRows, { timeout: 20_000 }).toBe(0);
  const { told } = await ask();
  expect(told?.all).toEqual(await counted());
  expect(told?.unread.totalCount).toBe(count);
});

it("marking all of them read is measured by what is kept, and keeps it", async () => {
  const sent = await recordStatements(async () => {
    const { markSessionsRead } = await service.ask(marked, { input: { filter: { state: "ALL" } } });
    expect(markSessionsRead).toMatchObject({
      changed: count,
      counts: { unread: 0, read: count, total: count },
    });
  });
  expect(
    sent.filter(({ text }) => /count\(\*\) FILTER/.test(text) && !/reader_base_count/.test(text)),
  ).toEqual([]);
  const after = await ask();
  expect(after.byRows).toBe(0);
  expect(after.told?.all).toEqual(await counted());
  expect(after.told?.unread.totalCount).toBe(0);
});

it("where nothing is unread, marking looks at no row; what is marked unread since is found", async () => {
  const input = { filter: { state: "ALL" as const } };
  const sent = await recordStatements(async () => {
    expect((await service.ask(marked, { input })).markSessionsRead.changed).toBe(0);
  });
  expect(sent.filter(({ text }) => text.includes("AS ids"))).toEqual([]);
  await service.ask(
    `mutation { markSessionUnread(input: { session: { sessionId: "s9" } }) { session { id } } }`,
  );
  expect((await service.ask(marked, { input })).markSessionsRead.changed).toBe(1);
  expect((await ask()).told?.all).toEqual(await counted());
});

it("a base that nobody asks for is dropped with what was written down for it, and the counts are made anew", async () => {
  await service.ask(
    `mutation { markSessionUnread(input: { session: { sessionId: "s7" } }) { session { id } } }`,
  );
  const rows = async () =>
    (
      await node.pool
        .query(`SELECT (SELECT count(*) FROM reader_base) AS bases, (SELECT count(*) FROM reader_base_count) AS counts,
      (SELECT count(*) FROM session_was) + (SELECT count(*) FROM mark_was) AS logged`)
    ).rows[0];
  expect(await rows()).toMatchObject({ logged: 3 });
  expect(await moveBase(node, "local")).toBe(true);
  await sweepBases(node.pool);
  expect(await rows()).toMatchObject({ logged: 0 });
  await node.pool.query("UPDATE reader_base SET changed_at = now() - interval '4 days'");
  await sweepBases(node.pool);
  expect(await rows()).toEqual({ bases: 0, counts: 0, logged: 0 });
  expect((await ask()).told?.all).toEqual(await counted());
  await expect.poll(async () => (await ask()).byRows, { timeout: 20_000 }).toBe(0);
  expect((await ask()).told?.all).toMatchObject({ unread: 1, read: count - 1 });
});

it("what the list's state leaves out stays unread, however much of it there is", async () => {
  // As many rest as are active, and of each more than the thousand that are marked one by one.
  const each = 1_500;
  const change = (set: string) => changeSessions(`ORDER BY id DESC LIMIT ${2 * each}`, set);
  await change("version = taken.version, active = substr(name, 2)::int % 2 = 0");
  expect((await ask()).byRows).toBe(0);
  const input = { filter: { state: "UNREAD" as const } };
  const before = (await askPlainly()).all.unread;
  expect((await service.ask(marked, { input })).markSessionsRead.changed).toBe(before);
  await change("active = false");
  expect((await askPlainly()).all).toMatchObject({ unread: each });
  expect((await askPlainly()).all).toEqual(await counted());
});

it("a reader with a few marks that marks all of a scope read has its counts kept at once", async () => {
  const readerId = "newcomer";
  await transaction(node, (tx) => markRead(tx, { readerId, sessionIds: [idOf(1), idOf(2)] }, null));
  await transaction(node, (tx) => markUnread(tx, { readerId, sessionIds: [idOf(2)] }));
  await transaction(node, (tx) => markArchived(tx, { readerId, sessionIds: [idOf(3), idOf(4)] }, true));
  await tendBase(node, nobody);
  const { markSessionsRead } = await service.ask(marked, {
    input: { filter: { state: "ALL", projectId: "p1" }, readerId },
  });
  const filters = [
    { state: "ALL" },
    { state: "ALL", projectId: "p1" },
    { state: "ALL", archived: true },
  ] as const;
  const kept = await readKept(node, { filters, readerId }, figures);
  const byRows = await countEach(node, filters, readerId);
  expect(kept?.rows).toMatchObject(byRows.map(({ version: _v, filter: _f, readerId: _r, ...each }) => each));
  // Without the one that was read before, with the one that is archived.
  expect(markSessionsRead.changed).toBe(byRows[1]?.read);
});

it("whoever has so many counted has skips by the time that the counts are kept: by them a few that are unread are found", async () => {
  node.bases.counted(node, "grace", baseLimits.sessions);
  await expect.poll(() => node.bases.isKept(node, "grace")).toBe(true);
  expect(await hasSkips(node, "grace")).toBe(true);
});

it("in a large tenant counts are kept before anybody asks, and a reader's own once they have marked", async () => {
  await node.pool.query("DELETE FROM reader_base");
  expect(await findUntended(node.pool, false)).toEqual([]);
  expect(await findUntended(node.pool, true)).toEqual(["local"]);
  expect(await findUntended(node.pool, true, { ...baseLimits, sessions: count + 1 })).toEqual([]);
  await using sweeping = await startService({
    config: { sweepMs: 1_000 },
    databaseUrl: service.databaseUrl,
  });
  const bases = async () =>
    (
      await node.pool.query<{ reader: string }>(
        "SELECT reader_id AS reader FROM reader_base WHERE settled ORDER BY reader_id",
      )
    ).rows.map(({ reader }) => reader);
  await expect.poll(bases, { timeout: 20_000 }).toEqual([nobody]);
  expect(await findUntended(node.pool, true)).toEqual([]);
  let total = 0;
  const sent = await recordStatements(async () => {
    const first = await sweeping.ask(totalOf, { readerId: "first" });
    total = first.sessions.totalCount;
    await sweeping.ask(countsOf, { readerId: "second" });
  });
  expect(total).toBe(count);
  expect(countingRows(sent)).toEqual([]);
  await sweeping.ask(markMany, {
    input: {
      target: { ids: Array.from({ length: 120 }, (_, index) => idOf(1 + index)) },
      action: { read: true },
      readerId: "second",
    },
  });
  await expect.poll(bases, { timeout: 20_000 }).toEqual([nobody, "second"]);
});

it("a base of nobody that is some changes behind is to be moved", async () => {
  await node.pool.query("DELETE FROM reader_base");
  await tendBase(node, nobody);
  await changeSessions("ORDER BY id LIMIT 499", "version = taken.version, active = NOT active");
  expect(await findUntended(node.pool, false)).toEqual([]);
  await changeSessions("ORDER BY id DESC LIMIT 1", "version = taken.version, active = NOT active");
  expect(await findUntended(node.pool, false)).toEqual(["local"]);
  await tendBase(node, nobody);
  expect(await findUntended(node.pool, true)).toEqual([]);
});
