import { afterAll, beforeAll, expect, it } from "vitest";
import { keepLabel, makeBase, moveBase, tendBase } from "../../src/store/inbox/base/keep.js";
import { readKept } from "../../src/store/inbox/base/read.js";
import { baseLimits, nobody } from "../../src/store/inbox/base/since.js";
import { countEach, figures } from "../../src/store/inbox/counts.js";
import type { SessionFilter } from "../../src/store/inbox/list.js";
import type { TenantClient } from "../../src/store/statement.js";
import type { TenantStore } from "../../src/store/store.js";
import { graphql } from "../support/graphql.js";
import { openNode } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";

const count = 4_200;
/** A third of them have the label that many have, and 14 that of few. */
const labelled = count / 3;
const many: SessionFilter = { state: "ALL", labelsAll: ["many"] };
const idOf = (number: number) => `ses_${number.toString(16).padStart(32, "0")}`;

let service: TestService;
let node: TenantStore;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  await node.pool.query("INSERT INTO tenant (tenant_id, version) VALUES ('local', $1)", [count]);
  await node.pool.query(
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, labels, version, first_version, change_version, execution_state,
       reason_since, last_activity_at, created_at, updated_at)
     SELECT 'local', 'ses_' || lpad(to_hex(i), 32, '0'), 's' || i, 'p' || i % 2, 'codex',
       array_remove(ARRAY[CASE WHEN i % 3 = 0 THEN 'many' END, CASE WHEN i % 300 = 0 THEN 'few' END], NULL), i, i, i, 'IDLE', at, at, at, at
     FROM generate_series(1, $1::int) AS i, LATERAL (SELECT now() - interval '2 days' + i * interval '1 second' AS at) AS clock`,
    [count],
  );
  await node.pool.query(
    "INSERT INTO session_label (tenant_id, label, session_id, project_id) SELECT tenant_id, unnest(labels), id, project_id FROM session",
  );
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

const ofLabels = graphql(`
  query CountLabels {
    many: inboxCounts(filter: { labelsAny: ["many"] }) { ...Counts }
    tabs: inboxTabs(filters: [{ projectId: "p1", labelsAll: ["many"] }, { labelsAll: ["few"] }, { projectId: "p0" }]) { ...Counts }
    unread: sessions(filter: { state: UNREAD, labelsAll: ["many"] }, first: 1) { totalCount }
  }
`);
const relabel = graphql(`
  mutation Relabel($input: UpdateSessionsInput!) { updateSessions(input: $input) { results { outcome } } }
`);
const readScope = graphql(`
  mutation ReadScope($input: MarkSessionsReadInput!) { markSessionsRead(input: $input) { changed } }
`);

/** What the service tells, and how many sessions with the label it looked at for it. */
async function ask() {
  let told: Awaited<ReturnType<typeof askPlainly>> | undefined;
  const sent = await recordStatements(async () => void (told = await askPlainly()));
  const byRows = sent.filter(({ text }) => /count\(\*\) FILTER/.test(text) && !/reader_base/.test(text));
  return { told, byRows: byRows.length };
}
const askPlainly = () => service.ask(ofLabels);
/** Which readers have a base with counts of the label. */
const keepers = async () => {
  const found = await node.pool.query<{ reader: string }>(
    "SELECT reader_id AS reader FROM reader_base WHERE 'many' = ANY (labels) AND labels_turn = turn ORDER BY reader_id",
  );
  return found.rows.map(({ reader }) => reader);
};

/** The same by the rows. */
async function counted(readerId = "local") {
  const filters: SessionFilter[] = [
    many,
    { ...many, projectId: "p1" },
    { state: "ALL", labelsAll: ["few"] },
    { state: "ALL", projectId: "p0" },
  ];
  const [all, ...tabs] = (await countEach(node, filters, readerId)).map(
    ({ version: _v, filter: _f, readerId: _r, ...each }) => each,
  );
  return { many: all, tabs, unread: { totalCount: all?.unread } };
}

it("counts of a label that many sessions have are kept once they were asked for, and stay what they are", async () => {
  expect((await ask()).told).toEqual(await counted());
  await expect.poll(keepers, { timeout: 20_000 }).not.toEqual([]);
  await expect.poll(async () => (await ask()).byRows, { timeout: 20_000 }).toBe(0);
  expect((await ask()).told).toEqual(await counted());

  const input = {
    action: { addLabels: ["many"] },
    target: { ids: [1, 2, 4, 5].map((number) => idOf(number)) },
  };
  await service.ask(relabel, { input });
  await service.ask(relabel, { input: { action: { removeLabels: ["many"] }, target: { ids: [idOf(3)] } } });
  await service.ask(relabel, { input: { action: { read: true }, target: { ids: [idOf(6), idOf(1)] } } });
  const { told, byRows } = await ask();
  expect(byRows).toBe(0);
  expect(told).toEqual(await counted());
  expect(told).toMatchObject({ many: { total: labelled + 3, read: 2 } });

  await service.ask(readScope, { input: { filter: { state: "ALL", projectId: "p1" } } });
  expect((await ask()).byRows).toBe(0);
  expect((await ask()).told).toEqual(await counted());
});

it("of a label that few sessions have, these are counted", async () => {
  const { rows } = await node.pool.query("SELECT DISTINCT unnest(labels) AS label FROM reader_base");
  expect(rows).toEqual([{ label: "many" }]);
});

it("counts of labels that an older node left behind are not told, and counted anew", async () => {
  for (const readerId of await keepers()) await moveBase(node, readerId);
  expect(await keepers()).not.toEqual([]);
  // It moves a base, and knows nothing of labels.
  await node.pool.query("UPDATE reader_base SET turn = gen_random_uuid()");
  expect(await keepers()).toEqual([]);
  expect((await ask()).told).toEqual(await counted());
  await expect.poll(async () => (await ask()).byRows, { timeout: 20_000 }).toBe(0);
  expect(await keepers()).not.toEqual([]);
  expect((await ask()).told).toEqual(await counted());
});

it("a base that is made anew has its labels, and who gets the base of nobody too", async () => {
  await node.pool.query("DELETE FROM reader_base");
  await makeBase(node, nobody);
  expect(await keepLabel(node, "newcomer", "many")).toBe(true);
  const kept = async (readerId: string) =>
    (await readKept(node, { filters: [many], readerId }, figures))?.rows[0];
  const byRows = async (readerId: string) => (await counted(readerId)).many;
  expect(await kept("newcomer")).toMatchObject({ isKept: true, ...(await byRows("newcomer")) });

  await service.ask(readScope, {
    input: { filter: { state: "ALL", projectId: "p0" }, readerId: "newcomer" },
  });
  expect(await keepers()).toEqual([nobody, "newcomer"]);
  expect(await kept("newcomer")).toMatchObject({ isKept: true, ...(await byRows("newcomer")) });
  expect((await byRows("newcomer"))?.read).toBeGreaterThan(0);

  await service.ask(relabel, {
    input: { action: { removeLabels: ["many"] }, target: { ids: [6, 9, 12].map((number) => idOf(number)) } },
  });
  for (const readerId of ["newcomer", nobody]) {
    await tendBase(node, readerId, { ...baseLimits, changes: 3 });
    expect(await kept(readerId)).toMatchObject({ isKept: true, ...(await byRows(readerId)) });
  }
});

it("a label that somebody else adds meanwhile is added once", async () => {
  let added: Promise<boolean> | undefined;
  const late: TenantClient = {
    tenantId: node.tenantId,
    rows: async (...asked) => {
      const rows = await node.rows(...asked);
      await (added ??= keepLabel(node, "newcomer", "few"));
      return rows;
    },
  };
  expect(await keepLabel(late, "newcomer", "few")).toBe(false);
  expect(await added).toBe(true);
  const { rows } = await node.pool.query("SELECT labels FROM reader_base WHERE reader_id = 'newcomer'");
  expect(rows).toEqual([{ labels: ["many", "few"] }]);
});

it("a base has counts of so many labels at most", async () => {
  const limits = { ...baseLimits, labels: 2 };
  expect(await keepLabel(node, "newcomer", "none", limits)).toBe(false);
  expect(await keepLabel(node, "newcomer", "many", limits)).toBe(true);
  expect(
    (await readKept(node, { filters: [{ state: "ALL", labelsAny: ["few"] }], readerId: "newcomer" }, figures))
      ?.rows,
  ).toMatchObject([{ total: 14 }]);
});
