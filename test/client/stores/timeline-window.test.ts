import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, type Timeline, createClient, createTimeline } from "../../../src/client/client.js";
import { found } from "../../support/found.js";
import { graphql } from "../../support/graphql.js";
import { type TestService, startService } from "../../support/start-service.js";
import { append, appendEvents, createSession } from "../../support/work.js";

let service: TestService;
let client: Client;
beforeAll(async () => {
  service = await startService();
  client = createClient({ url: service.url, webSocket: WebSocket });
});
afterAll(() => service.close());

/** The texts from one number to another, as they are appended and shown. */
const texts = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

/** What the entries say that are no tool calls; the first event of a session says nothing. */
function textsOf(timeline: Timeline): string[] {
  return timeline
    .getSnapshot()
    .entries.toArray()
    .flatMap((entry) => (entry.kind === "event" && "text" in entry.event ? [entry.event.text] : []));
}

const endDocument = graphql(`
  query EndOfTimeline($sessionId: String!) {
    session(by: { sessionId: $sessionId }) { timeline(last: 1) { pageInfo { endCursor } } }
  }
`);

/** The place of the newest event. */
async function endOf(sessionId: string): Promise<string> {
  const { session } = await service.ask(endDocument, { sessionId });
  return found(found(session).timeline.pageInfo.endCursor);
}

/** A session in whose middle a place is named, with 20 texts before it and 20 after. */
async function createNamed() {
  const { sessionId, runId } = await createSession(service);
  await append(service, runId, texts(1, 20));
  await append(service, runId, ["here"]);
  const at = await endOf(sessionId);
  await append(service, runId, texts(21, 40));
  return { sessionId, runId, at };
}

it("begins at a place with a page on either side, and is one list with what is loaded and what comes", async () => {
  const { sessionId, runId, at } = await createNamed();
  const timeline = createTimeline(client, { sessionId }, { at, pageSize: 5 });
  await expect.poll(() => timeline.getSnapshot().status).toBe("live");
  const around = [...texts(16, 20), "here", ...texts(21, 24)];
  expect(textsOf(timeline)).toEqual(around);
  const { entries, placeKey } = timeline.getSnapshot();
  expect(entries.at(entries.indexOf(placeKey ?? ""))).toMatchObject({ event: { text: "here" } });

  // What comes does not stand beside what it does not follow.
  const version = () => timeline.getSnapshot().session?.lastEventSeq;
  const before = found(version());
  await append(service, runId, ["41"]);
  await expect.poll(version).toBe(before + 1);
  expect(textsOf(timeline)).toEqual(around);

  await timeline.loadOlder();
  while (timeline.getSnapshot().hasNewer) await timeline.loadNewer();
  expect(textsOf(timeline)).toEqual([...texts(11, 20), "here", ...texts(21, 41)]);
  await append(service, runId, ["42"]);
  await expect.poll(() => textsOf(timeline).at(-1)).toBe("42");
  while (timeline.getSnapshot().hasOlder) await timeline.loadOlder();
  expect(textsOf(timeline)).toEqual([...texts(1, 20), "here", ...texts(21, 42)]);
  timeline.close();
});

it("what comes while the last newer page is read stands after it, once", async () => {
  const { sessionId, runId, at } = await createNamed();
  const more = texts(41, 43);
  let told = 0;
  const slow: Client = {
    ...client,
    async request(document, ...rest) {
      const data = await client.request(document, ...rest);
      const text = found(document).toString().includes("timeline") && told >= 0 ? more[told] : undefined;
      if (text === undefined || !JSON.stringify(rest[0]).includes('"after"')) return data;
      told += 1;
      const next = version();
      await append(service, runId, [text]);
      if (next !== undefined) await expect.poll(version).toBeGreaterThan(next);
      return data;
    },
  };
  const timeline = createTimeline(slow, { sessionId }, { at, pageSize: 15 });
  const version = () => timeline.getSnapshot().session?.lastEventSeq;
  await expect.poll(() => timeline.getSnapshot().status).toBe("live");
  while (timeline.getSnapshot().hasNewer) await timeline.loadNewer();
  const shown = texts(21, 40 + told);
  expect(told).toBeGreaterThan(1);
  await expect.poll(() => textsOf(timeline).slice(-shown.length)).toEqual(shown);
  timeline.close();
});

it("goes to the newest page in one step", async () => {
  const { sessionId, runId, at } = await createNamed();
  const timeline = createTimeline(client, { sessionId }, { at, pageSize: 3 });
  await expect.poll(() => timeline.getSnapshot().status).toBe("live");
  await timeline.loadNewest();
  expect(textsOf(timeline)).toEqual(texts(38, 40));
  await append(service, runId, ["41"]);
  await expect.poll(() => textsOf(timeline)).toEqual(texts(38, 41));
  await timeline.loadOlder();
  expect(textsOf(timeline)).toEqual(texts(35, 41));
  timeline.close();
});

it("keeps no more than it is told while more comes; what was let go is loaded again, each once", async () => {
  const { sessionId, runId } = await createSession(service);
  const tool = (status: string) => ({
    type: "TOOL_CALL" as const,
    payload: { name: "build", toolCallId: "t", status },
  });
  const output = (text: string) => ({ type: "COMMAND_OUTPUT" as const, payload: { text, toolCallId: "t" } });
  const timeline = createTimeline(client, { sessionId }, { keep: 20, pageSize: 30 });
  await expect.poll(() => timeline.getSnapshot().status).toBe("live");
  await appendEvents(service, { runId, events: [tool("running"), output("first")] });
  for (let number = 1; number <= 90; number += 1) {
    await append(service, runId, [String(number)]);
    if (number === 45) await appendEvents(service, { runId, events: [output("second")] });
    await expect.poll(() => textsOf(timeline).at(-1)).toBe(String(number));
    expect(timeline.getSnapshot().entries.length).toBeLessThanOrEqual(21);
    expect(textsOf(timeline).at(0)).toBe(String(number - textsOf(timeline).length + 1));
  }
  await appendEvents(service, { runId, events: [output("third"), tool("completed")] });
  expect(timeline.getSnapshot().hasOlder).toBe(true);
  while (timeline.getSnapshot().hasOlder) await timeline.loadOlder();
  expect(textsOf(timeline)).toEqual(texts(1, 90));
  const tools = () =>
    timeline
      .getSnapshot()
      .entries.toArray()
      .filter(({ kind }) => kind === "tool");
  await expect.poll(tools).toMatchObject([
    {
      name: "build",
      status: "COMPLETED",
      outputs: [{ text: "first" }, { text: "second" }, { text: "third" }],
    },
  ]);
  timeline.close();
});

it("lets nothing go that a person looks at: away from the end it grows no longer, and goes on from there", async () => {
  const { sessionId, runId } = await createSession(service);
  await append(service, runId, texts(1, 10));
  const timeline = createTimeline(client, { sessionId }, { keep: 8, pageSize: 10 });
  await expect.poll(() => timeline.getSnapshot().status).toBe("live");
  timeline.setAtEnd(false);
  await append(service, runId, texts(11, 30));
  await expect.poll(() => timeline.getSnapshot().hasNewer).toBe(true);
  expect(textsOf(timeline)).toEqual(texts(1, 10));
  await timeline.loadNewer();
  expect(textsOf(timeline)).toEqual(texts(1, 20));
  timeline.setAtEnd(true);
  await timeline.loadNewer();
  await append(service, runId, ["31"]);
  await expect.poll(() => textsOf(timeline).at(-1)).toBe("31");
  expect(textsOf(timeline).length).toBeLessThanOrEqual(8);
  timeline.close();
});
