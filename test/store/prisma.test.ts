import { afterAll, beforeAll, expect, it } from "vitest";
import type { JsonValue } from "../../src/domain/json-value.js";
import { Prisma } from "../../src/generated/prisma/client.js";
import { selectList } from "../../src/store/row.js";
import { findJobByKey, findJobs, insertJob } from "../../src/store/runner-job.js";
import { statement } from "../../src/store/statement.js";
import type { TenantPrisma } from "../../src/store/prisma.js";
import type { TenantStore } from "../../src/store/store.js";
import { transaction } from "../../src/store/transaction.js";
import type { Tx } from "../../src/store/tx.js";
import { openNode } from "../support/node.js";
import { recordStatements } from "../support/statements.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun } from "../support/work.js";

let service: TestService;
let store: TenantStore;
beforeAll(async () => {
  service = await startService();
  store = openNode(service);
  await createRun(service);
});
afterAll(async () => {
  await store.pool.end();
  await service.close();
});

const tenantId = "local";
const heard = "2026-11-22T09:30:00.123456Z";
const runner = (id: string, registeredAt = heard) => ({
  tenantId,
  id,
  backendProfiles: [],
  registeredAt,
  heartbeatAt: heard,
});
const names = statement<{ id: string }, { like: string }>(
  "SELECT id FROM runner WHERE tenant_id = :tenantId AND id LIKE :like ORDER BY id",
);
const namesIn = async (tx: Tx, like: string) => (await tx.rows(names, { like })).map(({ id }) => id);

/** Asks through Prisma in a transaction of its own. */
function ask<Result>(work: (prisma: TenantPrisma) => Promise<Result>): Promise<Result> {
  return transaction(store, async (tx) => work(await tx.prisma()));
}

/** Resolves for everybody once so many have called it. */
function meeting(size: number): () => Promise<void> {
  let open: () => void;
  let missing = size;
  const everybody = new Promise<void>((resolve) => (open = resolve));
  return () => {
    missing -= 1;
    if (missing === 0) open();
    return everybody;
  };
}

it("instants are text, as the pool gives them, and right to the microsecond in filter, order and cursor", async () => {
  const instants = [7, 8, 9].map((last) => `2026-11-22T09:30:00.12345${last}Z`);
  const data = instants.map((at, index) => runner(`instant-${index}`, at));
  await ask((prisma) => prisma.runner.createMany({ data }));
  const [first, second, third] = instants;

  const where = { tenantId, id: { startsWith: "instant-" } };
  const orderBy = { registeredAt: "desc" } as const;
  const found = await ask(({ runner }) => runner.findMany({ where, orderBy }));
  expect(found.map(({ registeredAt }) => registeredAt)).toEqual([third, second, first]);
  const later = await ask(({ runner }) =>
    runner.findMany({ where: { ...where, registeredAt: { gt: first } }, orderBy }),
  );
  expect(later.map(({ id }) => id)).toEqual(["instant-2", "instant-1"]);
  const cursor = { tenantId_id: { tenantId, id: "instant-1" } };
  const after = await ask(({ runner }) => runner.findMany({ where, orderBy, cursor, skip: 1 }));
  expect(after.map(({ id }) => id)).toEqual(["instant-0"]);

  const columns = selectList(Object.keys(Prisma.RunnerScalarFieldEnum));
  const byPool = statement(
    `SELECT ${columns} FROM runner WHERE tenant_id = :tenantId AND id LIKE 'instant-%' ORDER BY id`,
  );
  expect(await store.rows(byPool)).toEqual(found.toReversed());
});

it("a bigint is a number, exact up to 2^53", async () => {
  const version = Number.MAX_SAFE_INTEGER;
  const before = await ask(({ tenant }) => tenant.findFirstOrThrow({ where: { tenantId } }));
  const save = (data: { version: number }) =>
    ask(({ tenant }) => tenant.update({ where: { tenantId }, data }));
  expect(await save({ version })).toMatchObject({ version });
  const where = { tenantId, version: { gt: version - 1 } };
  expect(await ask(({ tenant }) => tenant.findMany({ where }))).toMatchObject([{ version }]);
  await save({ version: before.version });
});

it("JSON comes back as it was given, even where it looks like Prisma's own", async () => {
  const { id: runId } = await ask(({ run }) => run.findFirstOrThrow({ where: { tenantId } }));
  const words = { payloadHash: "h", attemptId: "a", runnerId: "r", namespace: "n", jobName: "j" };
  const job = { ...words, managerUrl: "m", image: "i", sourceCommit: "c", serviceAccountName: null };
  const results: JsonValue[] = [
    null,
    1.5,
    "text",
    [],
    [null],
    { $type: "DateTime", value: "x" },
    { set: [1], path: ["a"] },
  ];
  for (const [index, result] of results.entries()) {
    const named = { id: `job_json${index}`, runId, commandId: null, idempotencyKey: `json-${index}` };
    const { saved, found } = await transaction(store, async (tx) => ({
      saved: await insertJob(tx, { ...job, ...named, result }),
      found: await findJobByKey(tx, runId, named.idempotencyKey),
    }));
    expect(saved.result).toEqual(result);
    expect(found).toEqual(saved);
    expect(await findJobs(store, [named.id])).toEqual([saved]);
  }
});

it("an instant that is left out is set by the database, and the row comes back with it", async () => {
  const { id: runId } = await ask(({ run }) => run.findFirstOrThrow({ where: { tenantId } }));
  const words = { attemptId: "a", runnerId: "r", namespace: "n", jobName: "j", managerUrl: "m", image: "i" };
  const data = { tenantId, id: "job_1", runId, payloadHash: "h", ...words, sourceCommit: "c", result: {} };
  const sent = await recordStatements(async () => {
    const { createdAt, updatedAt } = await ask((prisma) => prisma.runnerJob.create({ data }));
    expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(updatedAt).toBe(createdAt);
  });
  const [, inserted] = sent.map(({ text }) => text.split("RETURNING")[0]);
  expect(inserted).toContain("payload_hash");
  expect(inserted).not.toContain("created_at");
});

it("transactions at the same time each write and see their own alone", async () => {
  const ids = ["own-0", "own-1", "own-2", "own-3"];
  const allWritten = meeting(ids.length);
  const allRead = meeting(ids.length);
  const seen = ids.map((id) =>
    transaction(store, async (tx) => {
      const prisma = await tx.prisma();
      await prisma.runner.create({ data: runner(id) });
      await allWritten();
      const byPrisma = await prisma.runner.findMany({ where: { tenantId, id: { startsWith: "own-" } } });
      const alone = await prisma.runner.findUnique({ where: { tenantId_id: { tenantId, id } } });
      const bySql = await namesIn(tx, "own-%");
      await allRead();
      return [...byPrisma.map((row) => row.id), alone?.id, ...bySql];
    }),
  );
  expect(await Promise.all(seen)).toEqual(ids.map((id) => [id, id, id]));
  expect(
    await ask(({ runner: runners }) => runners.count({ where: { tenantId, id: { startsWith: "own-" } } })),
  ).toBe(4);
});

it("a rollback undoes what was written through Prisma", async () => {
  const failed = transaction(store, async (tx) => {
    await (await tx.prisma()).runner.create({ data: runner("undone") });
    expect(await namesIn(tx, "undone")).toEqual(["undone"]);
    throw new Error("for this reason");
  });
  await expect(failed).rejects.toThrow("for this reason");
  expect(await ask(({ runner: runners }) => runners.count({ where: { tenantId, id: "undone" } }))).toBe(0);
});

it("what Postgres refuses fails the transaction, and leaves its connection fit for use", async () => {
  const missing = { tenantId_id: { tenantId, id: "missing" } };
  const update = ask((prisma) => prisma.runner.update({ where: missing, data: { leaseSeconds: 1 } }));
  await expect(update).rejects.toMatchObject({ code: "P2025" });
  const create = ask((prisma) => prisma.runner.create({ data: runner("never-there", "never") }));
  await expect(create).rejects.toThrow('"never"');
  expect(await transaction(store, (tx) => namesIn(tx, "never-there"))).toEqual([]);
});

it("a query after the end of its transaction is refused", async () => {
  const prisma = await transaction(store, (tx) => tx.prisma());
  await expect(prisma.runner.create({ data: runner("late") })).rejects.toThrow("Transaction already closed");
  expect(await ask(({ runner: runners }) => runners.count({ where: { tenantId, id: "late" } }))).toBe(0);
});

it("work that lost the race for a key is done again", async () => {
  await ask((prisma) => prisma.runner.create({ data: runner("taken") }));
  let attempt = 0;
  await ask((prisma) => {
    attempt += 1;
    return prisma.runner.create({ data: runner(attempt === 1 ? "taken" : "free") });
  });
  expect(attempt).toBe(2);
});

it("in a transaction every statement is prepared, and Prisma sends none of its own", async () => {
  const sent = await recordStatements(() =>
    transaction(store, async (tx) => {
      const prisma = await tx.prisma();
      const where = { tenantId_id: { tenantId, id: "taken" } };
      await prisma.runner.upsert({ where, create: runner("taken"), update: { heartbeatAt: heard } });
      await Promise.all([
        prisma.runner.findUnique({ where }),
        prisma.runner.findMany({ where: { tenantId } }),
      ]);
    }),
  );
  expect(sent.map(({ text }) => text.split(" ")[0])).toEqual([
    "BEGIN",
    "INSERT",
    "SELECT",
    "SELECT",
    "COMMIT",
  ]);
  for (const { text, name } of sent.slice(1, -1)) {
    expect(text).toContain("tenant_id");
    expect(name).toMatch(/^prisma_[0-9a-f]{24}$/);
  }
});

it("a query that names no tenant, or another one, is refused before it is sent", async () => {
  const own = { tenantId_id: { tenantId, id: "x" } };
  const other = { tenantId_id: { tenantId: "other", id: "x" } };
  const foreign = { ...runner("x"), tenantId: "other" };
  const sent = await recordStatements(() =>
    ask(async ({ runner: runners }) => {
      for (const query of [
        () => runners.findMany(),
        () => runners.findFirst({ where: { id: "x" } }),
        () => runners.findMany({ where: { OR: [{ tenantId }, { id: "x" }] } }),
        () => runners.findUnique({ where: other }),
        () => runners.count({ where: { tenantId: { not: tenantId } } }),
        () => runners.updateMany({ where: {}, data: { leaseSeconds: 1 } }),
        () => runners.delete({ where: other }),
        () => runners.deleteMany(),
        () => runners.create({ data: foreign }),
        () => runners.createMany({ data: [runner("x"), foreign] }),
        () => runners.upsert({ where: own, create: foreign, update: {} }),
      ]) {
        await expect(query()).rejects.toThrow("does not name the tenant");
      }
    }),
  );
  expect(sent.map(({ text }) => text)).toEqual(["BEGIN", "COMMIT"]);
});
