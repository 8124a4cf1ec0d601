import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { removeRecords } from "../../src/store/retention.js";
import type { TenantStore } from "../../src/store/store.js";
import { transaction } from "../../src/store/transaction.js";
import { findRuns } from "../../src/store/run.js";
import { recordStatements } from "../support/statements.js";
import { append, createRun, createSession, finishRun } from "../support/work.js";
import { shareNode, shareService } from "../support/shared-service.js";

const service = shareService();
const node = shareNode(service);

const seqsOf = (page: Awaited<ReturnType<TenantStore["logs"]["read"]>>) =>
  page && { ...page, events: page.events.map(({ seq }) => seq) };

it("logs that are read in one tick share a statement, each from its own place and cut for itself", async () => {
  const [short, ended, long] = [await createRun(service), await createRun(service), await createRun(service)];
  await append(service, short, ["a", "b"]);
  await finishRun(service, ended);
  for (let count = 0; count < 6; count += 1) {
    await append(service, long, [randomBytes(125_000).toString("hex")]);
  }
  let pages: ReturnType<typeof seqsOf>[] = [];
  const sent = await recordStatements(async () => {
    const read = (id: string, after: number) => node.logs.read("run", id, after, null);
    pages = (
      await Promise.all([
        read(short, 1),
        read(`run_${"0".repeat(32)}`, 0),
        read(short, 3),
        read(ended, 0),
        read(long, 1),
      ])
    ).map(seqsOf);
  });
  expect(sent).toHaveLength(1);
  const [some, missing, none, all, cut] = pages;
  expect(some).toEqual({ events: [2, 3], hasMore: false, lastSeq: 3, ended: false });
  expect(missing).toBeUndefined();
  expect(none).toEqual({ events: [], hasMore: false, lastSeq: 3, ended: false });
  expect(all).toEqual({ events: [1, 2], hasMore: false, lastSeq: 2, ended: true });
  expect(cut).toMatchObject({ hasMore: true, lastSeq: 7, ended: false });
  // A fifth of what one alone is given, which is not enough for two.
  expect(cut?.events).toEqual([2]);
  const alone = seqsOf(await node.logs.read("run", long, 1, null));
  expect(alone).toEqual({ events: [2, 3, 4, 5, 6], hasMore: true, lastSeq: 7, ended: false });
});

it("logs of other types and of sessions are read by statements of their own", async () => {
  const { runId } = await createSession(service);
  await append(service, runId, ["a"]);
  const [event] = (await node.logs.read("run", runId, 0, null))?.events ?? [];
  const other = await createRun(service);
  const pages = await Promise.all([
    node.logs.read("run", runId, 0, ["ASSISTANT_MESSAGE"]),
    node.logs.read("run", other, 0, null),
    node.logs.read("session", event?.sessionId ?? "", 1, null),
  ]);
  expect(pages.map(seqsOf)).toEqual([
    { events: [2], hasMore: false, lastSeq: 2, ended: false },
    { events: [1], hasMore: false, lastSeq: 1, ended: false },
    { events: [2], hasMore: false, lastSeq: 2, ended: false },
  ]);
});

it("more logs than a statement may read are read by several", async () => {
  const runIds = await Promise.all(Array.from({ length: 20 }, () => createRun(service)));
  const sent = await recordStatements(async () => {
    const pages = await Promise.all(runIds.map((id) => node.logs.read("run", id, 0, null)));
    expect(pages.map((page) => page?.events[0]?.runId)).toEqual(runIds);
  });
  expect(sent).toHaveLength(2);
});

it("of a session that is being removed no log is read with holes: it is gone for whoever has not read so far", async () => {
  const { runId } = await createSession(service);
  await append(service, runId, ["a", "b", "c", "d"]);
  const [run] = await findRuns(node, [runId]);
  const sessionId = run?.sessionId ?? "";
  const last = 5;
  const read = async (after: number) => seqsOf(await node.logs.read("run", runId, after, null))?.events;
  const readSession = async (after: number) =>
    (await node.logs.read("session", sessionId, after, null))?.events.length;
  // Of the types that are asked for none may be missing, and yet some may be gone.
  const readTyped = async (after: number) =>
    seqsOf(await node.logs.read("run", runId, after, ["ASSISTANT_MESSAGE"]))?.events;
  const readErrors = async (after: number) =>
    (await node.logs.read("session", sessionId, after, ["ERROR"]))?.events;
  expect([await read(0), await readSession(0)]).toEqual([[1, 2, 3, 4, 5], last]);
  await transaction(node, (tx) => removeRecords(tx, sessionId, 3));
  expect([await read(0), await read(2), await read(3), await read(5)]).toEqual([
    undefined,
    undefined,
    [4, 5],
    [],
  ]);
  expect([await readSession(0), await readSession(3)]).toEqual([undefined, last - 3]);
  expect([await readTyped(0), await readTyped(2), await readTyped(3)]).toEqual([
    undefined,
    undefined,
    [4, 5],
  ]);
  expect([await readErrors(2), await readErrors(3), await readErrors(5)]).toEqual([undefined, [], []]);
  await transaction(node, (tx) => removeRecords(tx, sessionId, 100));
  expect([await read(3), await read(5)]).toEqual([undefined, []]);
  expect([await readTyped(3), await readTyped(5)]).toEqual([undefined, []]);
});
