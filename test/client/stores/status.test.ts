/* How stores say that they stand. */
import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type SessionFilter,
  createClient,
  createCounts,
  createInbox,
  createSession,
  createTimeline,
} from "../../../src/client/client.js";
import { recordSockets } from "../../support/following/recorded-socket.js";
import { answerDocument, openRequest } from "../../support/requests.js";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../../support/start-service.js";
import { createSession as beginSession, uniqueName } from "../../support/work.js";

const patience = { timeout: 20_000 };
let service: TestService;
let token: string;
let asks: ReturnType<typeof asking>;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  token = await tokenFor("t");
  asks = asking(callerOf(service.url, token));
});
afterAll(() => service.close());

it("more stores than one socket carries are all live", async () => {
  const { webSocket, sockets } = recordSockets();
  const client = createClient({ url: service.url, token, webSocket });
  const stores = Array.from({ length: 101 }, () => createCounts(client));
  const statuses = () => new Set(stores.map(({ getSnapshot }) => getSnapshot().status));
  await expect.poll(statuses, patience).toEqual(new Set(["live"]));
  expect(sockets).toHaveLength(2);
  for (const { close } of stores) close();
  const states = () => sockets.map(({ readyState }) => readyState);
  await expect.poll(states, patience).toEqual([WebSocket.CLOSED, WebSocket.CLOSED]);
});

it("where no socket can be opened they show what is read, and say that they are cut off", async () => {
  const { sessionId } = await beginSession(asks);
  class UnreachableSocket extends WebSocket {
    constructor(_url: string, protocols: string) {
      super("ws://127.0.0.1:9/graphql", protocols);
    }
  }
  const client = createClient({ url: service.url, token, webSocket: UnreachableSocket });
  const inbox = createInbox(client, { filter: { state: "ALL" }, tabs: [{ state: "UNREAD" }] });
  const timeline = createTimeline(client, { sessionId });
  const session = createSession(client, { sessionId });
  const counts = createCounts(client);
  const stores = [inbox, timeline, session, counts];
  const statuses = () => stores.map(({ getSnapshot }) => getSnapshot().status);
  await expect.poll(statuses, patience).toEqual(["reconnecting", "reconnecting", "reconnecting", "loading"]);
  expect(inbox.getSnapshot().sessions.map((row) => row.sessionId)).toContain(sessionId);
  expect(inbox.getSnapshot().tabs).toEqual([expect.objectContaining({ total: expect.any(Number) })]);
  expect(timeline.getSnapshot().entries.length).toBe(1);
  expect(session.getSnapshot().session?.sessionId).toBe(sessionId);
  for (const { close } of stores) close();
});

it.each<[string, SessionFilter[]]>([
  ["a tab's filter", [{ state: "UNREAD" }, { labelsAny: [" "] }]],
  ["the number of tabs", Array.from({ length: 21 }, () => ({ state: "UNREAD" }))],
])("an inbox fails where %s is refused", async (_name, tabs) => {
  const client = createClient({ url: service.url, token, webSocket: WebSocket });
  const inbox = createInbox(client, { tabs });
  await expect
    .poll(() => inbox.getSnapshot(), patience)
    .toMatchObject({ status: "failed", error: { code: "BAD_USER_INPUT" } });
  inbox.close();
});

it("a store that is refreshed in the moment in which it fails follows all again", async () => {
  const projectId = uniqueName("project");
  const { sessionId, runId } = await beginSession(asks, {}, { projectId });
  const id = await openRequest(asks, runId, { prompt: "Go on?", kind: "question", choices: ["yes"] });
  let given = await tokenFor("t", ["reader"], "ada", 2);
  const client = createClient({ url: service.url, token: () => given, webSocket: WebSocket });
  const inbox = createInbox(client, { filter: { projectId, state: "ALL" }, tabs: [{ projectId }] });
  const timeline = createTimeline(client, { sessionId }, { readWhileOpen: false });
  const failures: string[] = [];
  for (const store of [inbox, timeline])
    store.subscribe(() => {
      const { status, error } = store.getSnapshot();
      if (status !== "failed") return;
      failures.push(error?.code ?? "");
      given = token;
      store.refresh();
    });
  await expect.poll(() => failures, patience).toContain("UNAUTHENTICATED");
  const statuses = () => [inbox, timeline].map(({ getSnapshot }) => getSnapshot().status);
  await expect.poll(statuses, patience).toEqual(["live", "live"]);

  await beginSession(asks, {}, { projectId });
  await asks.ask(answerDocument, { input: { id, decision: "ANSWERED", choiceIds: ["yes"] } });
  await expect.poll(() => inbox.getSnapshot().sessions.length, patience).toBe(2);
  await expect.poll(() => inbox.getSnapshot().tabs[0]?.total, patience).toBe(2);
  const states = () =>
    timeline
      .getSnapshot()
      .entries.toArray()
      .flatMap((entry) => (entry.kind === "request" ? [entry.request?.state] : []));
  await expect.poll(states, patience).toEqual(["ANSWERED"]);
  inbox.close();
  timeline.close();
});
