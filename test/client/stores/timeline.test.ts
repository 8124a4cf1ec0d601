import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, type Timeline, createClient, createTimeline } from "../../../src/client/client.js";
import { createTestDatabase } from "../../support/database.js";
import { answerDocument, openRequest } from "../../support/requests.js";
import { type TestService, startService } from "../../support/start-service.js";
import { append, appendEvents, claim, createSession, finishRun, readSession } from "../../support/work.js";

let service: TestService;
let client: Client;
beforeAll(async () => {
  service = await startService();
  client = createClient({ url: service.url, webSocket: WebSocket });
});
afterAll(() => service.close());

/** What an entry says, in short. */
function wordsOf(timeline: Timeline): string[] {
  return timeline
    .getSnapshot()
    .entries.toArray()
    .map((entry) => {
      if (entry.kind === "tool") {
        const parts = [...entry.diffs.map(({ path }) => path), ...entry.outputs.map(({ text }) => text)];
        return `${entry.name} ${entry.status} ${parts.join()} ${entry.request?.state ?? ""}`.trim();
      }
      if (entry.kind === "request") return `asks ${entry.event.prompt} ${entry.request?.state}`;
      if (entry.kind === "draft") return `draft ${entry.text}`;
      return "text" in entry.event ? entry.event.text : entry.event.type;
    });
}

it("a tool call is one entry with what it printed, changed, asked and gave, and its request as it is now", async () => {
  const { sessionId, runId } = await createSession(service);
  const tool = (payload: object) => ({
    type: "TOOL_CALL" as const,
    payload: { name: "edit", toolCallId: "t1", ...payload },
  });
  await appendEvents(service, {
    runId,
    events: [
      tool({ status: "running", input: { path: "a.ts" } }),
      { type: "COMMAND_OUTPUT", payload: { text: "done", toolCallId: "t1" } },
      { type: "DIFF", payload: { path: "a.ts", diff: "+a\n", toolCallId: "t1" } },
      { type: "INPUT_REQUEST", payload: { kind: "approval", prompt: "Write?", toolCallId: "t1" } },
    ],
  });
  const timeline = createTimeline(client, { sessionId }, { readerId: "ada", pageSize: 2 });
  await expect.poll(() => wordsOf(timeline)).toEqual(["null RUNNING a.ts OPEN"]);
  const [entry] = timeline.getSnapshot().entries;
  const request = entry?.kind === "tool" ? entry.request : null;
  await service.ask(answerDocument, { input: { id: request?.id ?? "", decision: "APPROVED" } });
  await expect.poll(() => wordsOf(timeline).at(0)).toBe("null RUNNING a.ts ANSWERED");
  await appendEvents(service, { runId, events: [tool({ status: "completed", output: "ok" })] });
  await expect.poll(() => wordsOf(timeline).at(0)).toBe("edit COMPLETED a.ts ANSWERED");
  await timeline.loadOlder();
  await expect.poll(() => wordsOf(timeline)).toContain("edit COMPLETED a.ts,done ANSWERED");
  expect(
    timeline
      .getSnapshot()
      .entries.toArray()
      .find(({ kind }) => kind === "tool"),
  ).toMatchObject({ input: { path: "a.ts" }, output: "ok" });
  timeline.close();
});

it("a tool call that asks several things has each as it is now, and first the newest that is open", async () => {
  const { sessionId, runId } = await createSession(service);
  const timeline = createTimeline(client, { sessionId }, { readerId: "ada" });
  const ids: string[] = [];
  for (const prompt of ["Q1", "Q2", "Q3"])
    ids.push(await openRequest(service, runId, { prompt, kind: "question", toolCallId: "t1" }));
  const asked = ({ getSnapshot }: Timeline) =>
    getSnapshot()
      .entries.toArray()
      .flatMap((entry) =>
        entry.kind === "tool"
          ? [entry.request, ...entry.requests].map((request) => `${request?.prompt} ${request?.state}`)
          : [],
      );
  const answer = async (index: number) => {
    await service.ask(answerDocument, {
      input: { id: ids[index] ?? "", decision: "ANSWERED", comment: "yes" },
    });
  };
  await expect.poll(() => asked(timeline)).toEqual(["Q3 OPEN", "Q1 OPEN", "Q2 OPEN", "Q3 OPEN"]);
  await answer(0);
  await expect.poll(() => asked(timeline)).toEqual(["Q3 OPEN", "Q1 ANSWERED", "Q2 OPEN", "Q3 OPEN"]);
  await answer(2);
  const still = ["Q2 OPEN", "Q1 ANSWERED", "Q2 OPEN", "Q3 ANSWERED"];
  await expect.poll(() => asked(timeline)).toEqual(still);
  const fresh = createTimeline(client, { sessionId }, { readerId: "ada", pageSize: 2 });
  await expect.poll(() => fresh.getSnapshot().status).toBe("live");
  while (fresh.getSnapshot().hasOlder) await fresh.loadOlder();
  expect(asked(fresh)).toEqual(still);
  await answer(1);
  const closed = ["Q3 ANSWERED", "Q1 ANSWERED", "Q2 ANSWERED", "Q3 ANSWERED"];
  for (const each of [timeline, fresh]) {
    await expect.poll(() => asked(each)).toEqual(closed);
    each.close();
  }
});

it("a request that is answered after the page was read, and before its requests are followed, is shown so", async () => {
  const { sessionId, runId } = await createSession(service);
  const id = await openRequest(service, runId, { prompt: "Go on?" });
  const slow: Client = {
    ...client,
    async *follow(document, ...rest) {
      if (document.toString().includes("inputRequests"))
        await service.ask(answerDocument, { input: { id, decision: "ANSWERED", comment: "yes" } });
      yield* client.follow(document, ...rest);
    },
  };
  const timeline = createTimeline(slow, { sessionId }, { readerId: "ada" });
  await expect.poll(() => wordsOf(timeline).at(1)).toBe("asks Go on? ANSWERED");
  timeline.close();
});

it("older pages and the live tail are one list, and what is shown is read", async () => {
  const { sessionId, runId } = await createSession(service);
  await append(service, runId, ["1", "2", "3", "4"]);
  const timeline = createTimeline(client, { sessionId }, { readerId: "ada", pageSize: 2 });
  await expect.poll(() => wordsOf(timeline)).toEqual(["3", "4"]);
  const seen = timeline.getSnapshot().entries.at(0);
  await append(service, runId, ["5"]);
  await expect.poll(() => wordsOf(timeline)).toEqual(["3", "4", "5"]);
  while (timeline.getSnapshot().hasOlder) await timeline.loadOlder();
  expect(wordsOf(timeline)).toEqual(["BACKEND_STATUS", "1", "2", "3", "4", "5"]);
  const { entries } = timeline.getSnapshot();
  expect([entries.firstIndex, entries.indexOf(seen?.key ?? "")]).toEqual([-5, 3]);
  expect(entries.at(3)).toBe(seen);
  await finishRun(service, runId);
  const { version } = await readSession(service, sessionId);
  await expect
    .poll(() => timeline.getSnapshot().session?.attention)
    .toMatchObject({ state: "READ", readVersion: version });
  timeline.close();
});

it("who hears that a page was read can ask for the next at once", async () => {
  const { sessionId, runId } = await createSession(service);
  await append(service, runId, ["1", "2", "3", "4", "5"]);
  const timeline = createTimeline(client, { sessionId }, { readWhileOpen: false, pageSize: 1 });
  const pages: Promise<void>[] = [];
  timeline.subscribe(() => {
    const { hasOlder, isLoadingOlder } = timeline.getSnapshot();
    if (hasOlder && !isLoadingOlder) pages.push(timeline.loadOlder());
  });
  await expect.poll(() => wordsOf(timeline)).toEqual(["BACKEND_STATUS", "1", "2", "3", "4", "5"]);
  await Promise.all(pages);
  expect(pages).toHaveLength(5);
  timeline.close();
});

it("text that is being made shows at the end, and its event takes its place under the same key", async () => {
  const { sessionId, runId } = await createSession(service);
  const { leaseToken } = await claim(service, runId);
  const timeline = createTimeline(client, { sessionId }, { readWhileOpen: false });
  await expect.poll(() => timeline.getSnapshot().status).toBe("live");
  const writer = client.writeDeltas({ runId, leaseToken, streamId: "m1", type: "ASSISTANT_MESSAGE" });
  writer.write("I look ");
  await expect.poll(() => wordsOf(timeline).at(-1)).toContain("draft I look");
  const key = timeline.getSnapshot().entries.at(-1)?.key ?? "";
  await writer.end();
  await append(service, runId, ["I look it up."], {
    leaseToken,
    events: [{ type: "ASSISTANT_MESSAGE", payload: { text: "I look it up.", streamId: "m1" } }],
  });
  await expect.poll(() => wordsOf(timeline).at(-1)).toBe("I look it up.");
  const { entries } = timeline.getSnapshot();
  expect(entries.indexOf(key)).toBe(entries.length - 1);
  expect(wordsOf(timeline).filter((words) => words.startsWith("draft"))).toEqual([]);
  timeline.close();
});

it("a timeline outlives the service, without a gap and without a repeat", async () => {
  const database = await createTestDatabase();
  const other = await startService({ databaseUrl: database.url });
  const before = await startService({ databaseUrl: database.url });
  const port = Number(new URL(before.url).port);
  const { sessionId, runId } = await createSession(other);
  await append(other, runId, ["before"]);
  const own = createClient({ url: before.url, webSocket: WebSocket });
  const timeline = createTimeline(own, { sessionId }, { pageSize: 1 });
  await expect.poll(() => timeline.getSnapshot().status).toBe("live");
  await before.close();
  await append(other, runId, ["meanwhile"]);
  await expect.poll(() => timeline.getSnapshot().status).toBe("reconnecting");
  const after = await startService({ databaseUrl: database.url, config: { port } });
  await append(after, runId, ["after"]);
  await expect.poll(() => wordsOf(timeline)).toEqual(["before", "meanwhile", "after"]);
  await expect.poll(() => timeline.getSnapshot().status).toBe("live");
  timeline.close();
  for (const one of [after, other]) await one.close();
  await database.drop();
});
