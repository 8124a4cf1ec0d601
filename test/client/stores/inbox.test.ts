/*
 * An inbox beside the service's own lists: INBOX_ROUNDS=200 is the long form of the random walk.
 */
import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type Client,
  type Inbox,
  type SessionFilter,
  createClient,
  createInbox,
} from "../../../src/client/client.js";
import { listSessions, mark, readCounts } from "../../support/attention.js";
import { createTestDatabase } from "../../support/database.js";
import { createRandom } from "../../support/random.js";
import { openRequest } from "../../support/requests.js";
import { type TestService, startService } from "../../support/start-service.js";
import { createCommand, createSession, finishCommand, finishRun, uniqueName } from "../../support/work.js";

const rounds = Number(process.env["INBOX_ROUNDS"] ?? 12);
const patience = { timeout: 20_000 };
const readerId = "ada";

let service: TestService;
let client: Client;
beforeAll(async () => {
  service = await startService();
  client = createClient({ url: service.url, webSocket: WebSocket });
});
afterAll(() => service.close());

const namesOf = (inbox: Inbox) => inbox.getSnapshot().sessions.map(({ sessionId }) => sessionId);
const rowOf = (inbox: Inbox, sessionId: string) =>
  inbox.getSnapshot().sessions.find((session) => session.sessionId === sessionId);
const isLive = async (inbox: Inbox) => {
  await expect.poll(() => inbox.getSnapshot().status, patience).toBe("live");
};

/** Sessions that have ended. */
async function createEnded(projectId: string, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { sessionId, runId } = await createSession(service, {}, { projectId });
    await finishRun(service, runId);
    names.push(sessionId);
  }
  return names;
}

it("whatever is done to its sessions, here and elsewhere, it comes to hold what the service's list holds, in its order", async () => {
  const projectId = uniqueName("project");
  const random = createRandom(rounds);
  const filters: SessionFilter[] = [
    { projectId },
    { projectId, state: "ALL" },
    { projectId, archived: true },
  ];
  const tabs: SessionFilter[] = [
    { projectId, labelsAny: ["hot"] },
    { projectId, reasons: ["NEEDS_INPUT"] },
  ];
  const inboxes = filters.map((filter) => createInbox(client, { filter, readerId, tabs, pageSize: 100 }));
  const runs: { sessionId: string; runId: string }[] = [];
  for (let made = 0; made < 5; made += 1) runs.push(await createSession(service, {}, { projectId }));
  await Promise.all(inboxes.map(isLive));
  const all = inboxes[1]!;
  await expect.poll(() => namesOf(all).length, patience).toBe(5);
  const errors: unknown[] = [];
  const begun: Promise<unknown>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { sessionId, runId } = random.pick(runs);
    const id = rowOf(all, sessionId)?.id;
    const mine: (() => unknown)[] = !id
      ? []
      : [
          () => all.archive(id, random.chance(0.5)),
          () => all.pin(id, random.chance(0.5)),
          () => (random.chance(0.5) ? all.markRead(id) : all.markUnread(id)),
          () => (random.chance(0.5) ? all.addLabels(id, ["Hot"]) : all.removeLabels(id, ["hot"])),
          () => all.snooze(id, random.chance(0.5) ? new Date(Date.now() + 3_600_000) : null),
        ];
    const others: (() => unknown)[] = [
      () => mark(service, "archiveSession", sessionId, { readerId, archived: random.chance(0.5) }),
      () => mark(service, "markSessionRead", sessionId, { readerId }),
      async () => finishCommand(service, await createCommand(service, runId)),
      () => openRequest(service, runId, { prompt: "Go on?" }),
    ];
    for (const act of [...(mine.length > 0 ? [random.pick(mine)] : []), random.pick(others)])
      begun.push(Promise.resolve(act()).catch((error: unknown) => errors.push(error)));
    if (random.chance(0.3)) await random.pick(others)();
  }
  await Promise.all(begun);
  for (const [index, inbox] of inboxes.entries()) {
    const filter = filters[index]!;
    await expect
      .poll(
        async () => [namesOf(inbox), await listSessions(service, filter, { readerId })].map(String),
        patience,
      )
      .toSatisfy(([own, theirs]: string[]) => own === theirs);
    const { id: _id, ...counts } = { id: "", ...(await readCounts(service, filter, readerId)) };
    await expect.poll(() => inbox.getSnapshot().counts, patience).toMatchObject(counts);
    const shown = inbox.getSnapshot().tabs;
    for (const [tab, filter] of tabs.entries())
      await expect
        .poll(() => inbox.getSnapshot().tabs[tab], patience)
        .toMatchObject(await readCounts(service, filter, readerId));
    expect(shown).toHaveLength(2);
    inbox.close();
  }
  expect(errors).toEqual([]);
});

it("200 quick toggles show at once, in list and counts, and nothing flickers", async () => {
  const projectId = uniqueName("project");
  const [sessionId = ""] = await createEnded(projectId, 1);
  const inbox = createInbox(client, { filter: { projectId, state: "ALL" }, readerId });
  await isLive(inbox);
  const id = rowOf(inbox, sessionId)?.id ?? "";
  let isUnread = true;
  const seen = new Set<string>();
  const look = () => {
    const row = rowOf(inbox, sessionId);
    seen.add(
      `${row?.attention.unread === isUnread} ${inbox.getSnapshot().counts?.unread === Number(isUnread)}`,
    );
  };
  inbox.subscribe(look);
  const done: Promise<unknown>[] = [];
  for (let toggle = 0; toggle < 200; toggle += 1) {
    isUnread = !isUnread;
    done.push(isUnread ? inbox.markUnread(id) : inbox.markRead(id));
    look();
    if (toggle % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(done);
  await mark(service, "pinSession", sessionId, { readerId });
  await expect.poll(() => rowOf(inbox, sessionId)?.attention.pinnedAt, patience).toBeTruthy();
  expect([...seen]).toEqual(["true true"]);
  const [read] = await listSessions(service, { projectId, state: "UNREAD" }, { readerId });
  expect(read).toBe(sessionId);
  inbox.close();
});

it("a mark that is refused is taken back, and so is one of what has changed since it was shown", async () => {
  const projectId = uniqueName("project");
  const { sessionId, runId } = await createSession(service, {}, { projectId });
  // Its feed never comes: what it shows is what it read.
  class Silent extends WebSocket {
    constructor() {
      super("ws://127.0.0.1:9");
    }
  }
  const own = createClient({ url: service.url, webSocket: Silent });
  const inbox = createInbox(own, { filter: { projectId, state: "ALL" }, readerId });
  await expect.poll(() => namesOf(inbox), patience).toEqual([sessionId]);
  const before = inbox.getSnapshot().sessions;
  const id = before[0]?.id ?? "";

  const removal = inbox.remove(id);
  expect(namesOf(inbox)).toEqual([]);
  expect(inbox.getSnapshot().counts).toMatchObject({ total: 0 });
  expect(await removal).toMatchObject({ changed: 0, refused: [{ id, code: "CONFLICT" }] });
  expect(inbox.getSnapshot().sessions).toEqual(before);

  const late = inbox.snooze(id, "2001-01-01T00:00:00Z");
  expect(namesOf(inbox)).toEqual([]);
  await expect(late).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  expect(inbox.getSnapshot().sessions).toEqual(before);

  await finishRun(service, runId);
  const stale = inbox.archive(id, true, { ifUnchanged: true });
  expect(namesOf(inbox)).toEqual([]);
  expect(await stale).toMatchObject({ changed: 0, refused: [{ id, code: "PRECONDITION_FAILED" }] });
  expect(namesOf(inbox)).toEqual([sessionId]);
  await expect(inbox.edit(id, { title: "late" }, { ifUnchanged: true })).rejects.toMatchObject({
    code: "PRECONDITION_FAILED",
  });
  expect(inbox.getSnapshot().sessions).toEqual(before);
  inbox.close();
});

it("pages follow one another, what lies behind them is not shown, and rows that stay keep their identity", async () => {
  const projectId = uniqueName("project");
  const names = await createEnded(projectId, 5);
  const order = names.toReversed();
  const inbox = createInbox(client, { filter: { projectId, state: "ALL" }, readerId, pageSize: 2 });
  await isLive(inbox);
  expect([namesOf(inbox), inbox.getSnapshot().hasMore]).toEqual([order.slice(0, 2), true]);
  const [first] = inbox.getSnapshot().sessions;
  await mark(service, "markSessionRead", order[1]!, { readerId });
  await expect.poll(() => namesOf(inbox), patience).toEqual(order.slice(0, 1));
  expect(inbox.getSnapshot().sessions[0]).toBe(first);
  while (inbox.getSnapshot().hasMore) await inbox.loadMore();
  expect(namesOf(inbox)).toEqual(await listSessions(service, { projectId, state: "ALL" }, { readerId }));
  expect(inbox.getSnapshot().sessions[0]).toBe(first);
  inbox.close();
});

it("an inbox outlives the service: what was marked elsewhere meanwhile shows, and what is marked here is done", async () => {
  const database = await createTestDatabase();
  const other = await startService({ databaseUrl: database.url });
  const before = await startService({ databaseUrl: database.url });
  const port = Number(new URL(before.url).port);
  const made = [];
  for (const _each of [1, 2, 3]) made.push(await createSession(other));
  const [first, second, third] = made;
  const own = createClient({ url: before.url, webSocket: WebSocket });
  const inbox = createInbox(own, { readerId });
  await isLive(inbox);
  await before.close();
  await mark(other, "archiveSession", first!.sessionId, { readerId });
  const archiving = inbox.archive(rowOf(inbox, second!.sessionId)?.id ?? "");
  expect(namesOf(inbox)).toEqual([third!.sessionId, first!.sessionId]);
  await expect.poll(() => inbox.getSnapshot().status, patience).toBe("reconnecting");
  const after = await startService({ databaseUrl: database.url, config: { port } });
  expect(await archiving).toMatchObject({ changed: 1 });
  await expect.poll(() => namesOf(inbox), patience).toEqual([third!.sessionId]);
  await isLive(inbox);
  expect(await listSessions(other, {}, { readerId })).toEqual([third!.sessionId]);
  inbox.close();
  for (const one of [after, other]) await one.close();
  await database.drop();
});
