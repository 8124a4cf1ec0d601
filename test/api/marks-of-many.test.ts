import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBase } from "../../src/store/inbox/base/keep.js";
import { nobody } from "../../src/store/inbox/base/since.js";
import { mark, markSessionsRead, readAttention, readCounts } from "../support/attention.js";
import { openNode } from "../support/node.js";
import { openPlainPool } from "../support/plain-pool.js";
import { createRandom } from "../support/random.js";
import { countWaiting } from "../support/row-lock.js";
import { recordStatements } from "../support/statements.js";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import {
  createCommand,
  createRun,
  createSession,
  finishCommand,
  finishRun,
  readSession,
  uniqueName,
} from "../support/work.js";

/** Fills a tenant with idle sessions that were active long ago, half of them in each of two projects. */
async function fill(pool: pg.Pool, count: number): Promise<void> {
  await pool.query("INSERT INTO tenant (tenant_id, version) VALUES ('local', $1)", [count]);
  await pool.query(
    `INSERT INTO session (tenant_id, id, name, project_id, backend_profile, version, change_version, execution_state, reason_since,
      last_activity_at, created_at, updated_at)
    SELECT 'local', 'ses_' || lpad(to_hex(i), 32, '0'), 's' || i, 'p' || i % 2, 'codex', i, i, 'IDLE', at, at, at, at
    FROM generate_series(1, $1::int) AS i, LATERAL (SELECT now() - interval '9 days' + i * interval '1 second' AS at) AS clock`,
    [count],
  );
  await pool.query("ANALYZE");
}

const countOf = async (pool: pg.Pool, table: string) =>
  (await pool.query(`SELECT count(*)::int AS count FROM ${table}`)).rows[0].count as number;

/** The versions of the first and last sessions of every list that skips may serve. */
async function lists(service: TestService): Promise<unknown> {
  const parts = ["DEFAULT", "UNREAD", "READ", "ALL"].flatMap((state) =>
    ["first", "last"].map(
      (end) =>
        `${state}_${end}: sessions(filter: { state: ${state} }, ${end}: 5) { nodes { version attention { state } } }`,
    ),
  );
  return service.ask(`{ ${parts.join(" ")} }`);
}

describe("50,000 sessions", () => {
  const count = 50_000;
  let service: TestService;
  let pool: pg.Pool;
  beforeAll(async () => {
    service = await startService();
    pool = openPlainPool(service.databaseUrl);
    await fill(pool, count);
  });
  afterAll(async () => {
    await pool.end();
    await service.close();
  });

  it("are read in one step that writes no mark, and reads none of them while it holds the tenant", async () => {
    const sent = await recordStatements(async () => {
      expect(await markSessionsRead(service, {})).toBe(count);
    });
    const texts = sent.map(({ text }) => text.trim());
    const held = texts.slice(texts.indexOf("BEGIN") + 1, texts.indexOf("COMMIT"));
    expect(held[0]).toMatch(/^UPDATE tenant/);
    expect(held.join("\n")).not.toMatch(/\b(session|reader_mark)\b/);
    expect(held.length).toBeLessThan(5);
    expect([await countOf(pool, "reader_mark"), await countOf(pool, "reader_read_up_to")]).toEqual([0, 1]);
    expect(await readCounts(service, {})).toMatchObject({ unread: 0, read: count, total: count });
    expect(await markSessionsRead(service, {})).toBe(0);
  });

  it("are skipped by the lists after it, which read alike without", async () => {
    const { rows } = await pool.query(`
      SELECT is_read, axis, cardinality(lows) AS stretches, (SELECT count(*)::int FROM session WHERE last_activity_at >= ANY(lows)) AS rows
      FROM reader_skip_part ORDER BY is_read, axis`);
    expect(rows).toEqual([
      { is_read: false, axis: "ACTIVITY", stretches: 1, rows: 0 },
      { is_read: false, axis: "CREATED", stretches: 1, rows: 0 },
      ...["ACTIVITY", "CREATED", "ACTIVITY_OF_ALL", "CREATED_OF_ALL"].map((axis) => ({
        is_read: true,
        axis,
        stretches: 1,
        rows: count,
      })),
    ]);
    await mark(service, "markSessionUnread", "s7");
    await mark(service, "archiveSession", `s${count}`);
    await createRun(service, { session: { sessionId: "s9" }, projectId: "p1" });
    const { runId } = await createSession(service);
    await finishCommand(service, await createCommand(service, runId));
    const withSkips = await lists(service);
    await pool.query("DELETE FROM reader_skip");
    expect(withSkips).toEqual(await lists(service));
    expect(await readCounts(service, {})).toMatchObject({ unread: 2, read: count - 2, archived: 1 });
  });

  it("are looked at while nobody waits: what writes in the tenant goes on", async () => {
    const other = await pool.connect();
    await other.query("BEGIN");
    // Whatever looks at what a reader has read waits from now on.
    await other.query("LOCK TABLE reader_read_up_to");
    const marking = markSessionsRead(service, { readerId: "bob" });
    await expect.poll(() => countWaiting(service.databaseUrl)).toBe(1);
    const { runId } = await createSession(service);
    await finishCommand(service, await createCommand(service, runId));
    expect(await countWaiting(service.databaseUrl)).toBe(1);
    await other.query("COMMIT");
    other.release();
    expect(await marking).toBeGreaterThan(count);
  });
});

describe("more than a service marks one by one", () => {
  const marksAtOnce = 2;
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ config: { marksAtOnce } });
  });
  afterAll(() => service.close());

  const createMany = async (projectId: string, many = 4, asks: TestService = service) => {
    const made = [];
    for (let n = 0; n < many; n += 1) made.push(await createSession(asks, {}, { projectId }));
    return made as [Session, Session, Session, ...Session[]];
  };
  type Session = Awaited<ReturnType<typeof createSession>>;
  const attentionOf = ({ sessionId }: Session) => readAttention(service, sessionId);

  it("is read up to each session's version at the time of the step; what comes later is unread, and was never read", async () => {
    const projectId = uniqueName("project");
    const [first, second] = await createMany(projectId);
    expect(await markSessionsRead(service, { filter: { projectId } })).toBe(4);
    const [read, late] = [await attentionOf(first), await createSession(service, {}, { projectId })];
    expect(read).toMatchObject({ state: "READ", readVersion: read.version, markedUnread: false });
    expect(read.readAt && read.readAt > read.since).toBe(true);
    expect(await attentionOf(second)).toMatchObject({ readAt: read.readAt });
    expect(await attentionOf(late)).toMatchObject({ state: "UNREAD", readVersion: null, readAt: null });
    await finishRun(service, first.runId);
    const raised = await attentionOf(first);
    expect(raised).toMatchObject({ state: "UNREAD", readAt: read.readAt });
    expect(raised.readVersion).toBeLessThan(raised.version);
    await mark(service, "markSessionRead", second.sessionId);
    expect(await attentionOf(second)).toMatchObject({ readAt: read.readAt });
  });

  it.each([2, 4])("leaves what was marked unread after the version that was seen, of %d", async (many) => {
    const projectId = uniqueName("project");
    const [first, second] = await createMany(projectId, many);
    await mark(service, "markSessionUnread", first.sessionId);
    const seen = (await createMany("elsewhere", 1))[0];
    const { version: upToVersion } = await readSession(service, seen.sessionId);
    await mark(service, "markSessionUnread", second.sessionId);
    expect(await markSessionsRead(service, { filter: { projectId }, upToVersion })).toBe(many - 1);
    expect(await attentionOf(first)).toMatchObject({ state: "READ", markedUnread: false });
    expect(await attentionOf(second)).toMatchObject({ state: "UNREAD", markedUnread: true });
    expect(await markSessionsRead(service, { filter: { projectId } })).toBe(1);
    expect(await attentionOf(second)).toMatchObject({ state: "READ", markedUnread: false });
  });

  it("leaves alone what the list's state leaves out, and what was read of it before", async () => {
    const projectId = uniqueName("project");
    const [working, marked, other] = await createMany(projectId, 5);
    await markSessionsRead(service, { filter: { projectId } });
    const before = [await attentionOf(working), await attentionOf(marked)];
    for (const { runId } of [working, marked]) await createCommand(service, runId);
    await mark(service, "markSessionUnread", marked.sessionId);
    await createMany(projectId, 3);
    expect(await markSessionsRead(service, { filter: { projectId, state: "UNREAD" } })).toBe(3);
    for (const [index, session] of [working, marked].entries()) {
      const { readVersion, readAt } = before[index] ?? {};
      const { version, ...now } = await attentionOf(session);
      expect(now).toMatchObject({ state: "ACTIVE", readAt, markedUnread: session === marked });
      expect(now.readVersion).toBeGreaterThanOrEqual(readVersion ?? 0);
      expect(now.readVersion).toBeLessThan(version);
    }
    expect(await attentionOf(other)).toMatchObject({ state: "READ" });
  });

  it("takes the archived and snoozed with it where it is one step, and not in batches, each a transaction of its own", async () => {
    const projectId = uniqueName("project");
    const [archived, snoozed] = await createMany(projectId, 7);
    await mark(service, "archiveSession", archived.sessionId);
    await mark(service, "snoozeSession", snoozed.sessionId, { until: "2126-01-01T00:00:00Z" });
    const sent = await recordStatements(async () => {
      const filter = { projectId, reasons: ["IDLE" as const] };
      expect(await markSessionsRead(service, { filter })).toBe(5);
    });
    expect(sent.filter(({ text }) => text === "COMMIT")).toHaveLength(3);
    await createMany(projectId, 3);
    expect(await markSessionsRead(service, { filter: { projectId } })).toBe(5);
    for (const session of [archived, snoozed])
      expect((await attentionOf(session)).readVersion).toBe((await attentionOf(session)).version);
    expect(await readCounts(service, { projectId })).toMatchObject({ archived: 1, snoozed: 1, read: 8 });
  });

  it("is more where the list alone holds it, whether or not counts are kept", async () => {
    await using kept = await startService({ config: { marksAtOnce } });
    const [{ sessionId: snoozed }] = await createMany(uniqueName("project"), marksAtOnce + 1, kept);
    const node = openNode(kept);
    expect(await makeBase(node, nobody)).toBe(true);
    await node.pool.end();
    await mark(kept, "snoozeSession", snoozed, { until: "2126-01-01T00:00:00Z" });
    expect(await markSessionsRead(kept, { filter: {} })).toBe(marksAtOnce);
    expect((await readAttention(kept, snoozed)).readVersion).toBe(null);
  });

  it("is done of names that are as long as names may be", async () => {
    const random = createRandom(1);
    const longest = () =>
      Array.from({ length: 200 }, () => String.fromCodePoint(0x20000 + random.below(0xa000))).join("");
    await using closed = await startService({ config: { marksAtOnce, auth: tokenAuth } });
    const asks = asking(callerOf(closed.url, await tokenFor(longest(), undefined, longest())));
    const scope = { projectId: longest(), backendProfile: longest() };
    for (let n = 0; n <= marksAtOnce; n += 1) await createSession(asks, {}, scope);
    expect(await markSessionsRead(asks, { filter: scope })).toBe(marksAtOnce + 1);
  });
});
