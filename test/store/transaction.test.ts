import { expect, it } from "vitest";
import { statement } from "../../src/store/statement.js";
import { transaction } from "../../src/store/transaction.js";
import { openNode, readAllRows } from "../support/node.js";
import { startService } from "../support/start-service.js";
import { createCommand, createRun, createSession, uniqueName } from "../support/work.js";

const look = statement<{ n: number }>("SELECT count(*)::int AS n FROM tenant WHERE tenant_id = :tenantId");
const rename = statement<never, { title: string }>(
  "UPDATE session SET title = :title WHERE tenant_id = :tenantId",
);

it("what goes on after a part of a transaction has failed stores nothing", async () => {
  await using service = await startService();
  await createSession(service);
  const node = openNode(service);
  const before = await readAllRows(node);
  let late: Promise<unknown> | undefined;
  const failing = transaction(node, (tx) => {
    const goOn = async () => {
      for (let looks = 0; looks < 5; looks += 1) await tx.rows(look);
      await tx.rows(rename, { title: "too late" });
    };
    const refuse = async () => {
      await tx.rows(look);
      throw new Error("refused");
    };
    late = goOn();
    return tx.together(() => Promise.all([refuse(), late]));
  });
  await expect(failing).rejects.toThrow("refused");
  await expect(late).rejects.toThrow("after the end of its transaction");
  expect(await readAllRows(node)).toBe(before);
  await node.pool.end();
});

it("a run that is said to begin in the future leaves no session behind", async () => {
  await using service = await startService();
  await createRun(service);
  const node = openNode(service);
  const before = await readAllRows(node);
  const occurredAt = new Date(Date.now() + 60_000).toISOString();
  for (let times = 0; times < 20; times += 1) {
    const session = { sessionId: uniqueName("future") };
    await expect(createRun(service, { session, occurredAt })).rejects.toThrow("occurredAt");
  }
  expect(await readAllRows(node)).toBe(before);
  await node.pool.end();
});

it("of what was sent together, each says why the first that failed did", async () => {
  await using service = await startService();
  const node = openNode(service);
  const divide = statement<never>("SELECT 1 / 0 FROM (SELECT :tenantId::text AS tenant_id) AS nobody");
  const failing = transaction(node, (tx) =>
    tx.together(() => {
      const first = tx.rows(divide);
      const second = tx.rows(look);
      first.catch(() => {});
      return second;
    }),
  );
  await expect(failing).rejects.toMatchObject({ code: "22012" });
  await node.pool.end();
});

it("what fails among the last statements of a transaction, with which its commit was sent, leaves nothing of it", async () => {
  await using service = await startService();
  const { runId } = await createSession(service);
  const node = openNode(service);
  await node.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE check_violation; END';
    CREATE TRIGGER refuse BEFORE INSERT ON run_event FOR EACH ROW EXECUTE FUNCTION refuse()`);
  const before = await readAllRows(node);
  await expect(createCommand(service, runId)).rejects.toThrow("INTERNAL_SERVER_ERROR");
  expect(await readAllRows(node)).toBe(before);
  await node.pool.query("DROP FUNCTION refuse CASCADE");
  expect(await createCommand(service, runId)).toMatch(/^cmd_/);
  await node.pool.end();
});
