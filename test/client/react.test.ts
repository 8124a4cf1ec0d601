import { Activity, StrictMode, createElement, useState } from "react";
import { createRoot } from "react-dom/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, createClient } from "../../src/client/client.js";
import {
  AgentRunProvider,
  useCounts,
  useInbox,
  useInputRequests,
  useSession,
  useTimeline,
} from "../../src/client/react.js";
import { openPage } from "../support/browser-page.js";
import { type Frame, recordSockets } from "../support/following/recorded-socket.js";
import { openRequest } from "../support/requests.js";
import { type TestService, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { asking, callerOf } from "../support/start-service.js";
import { append, createSession, uniqueName } from "../support/work.js";

let service: TestService;
let asks: ReturnType<typeof asking>;
let token: string;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  token = await tokenFor("t");
  asks = asking(callerOf(service.url, token));
});
afterAll(() => service.close());

const patience = { timeout: 20_000 };

/** How often something was sent. */
const countOf = (sent: readonly Frame[], type: string): number =>
  sent.filter((frame) => frame.type === type).length;

interface Seen {
  inbox?: ReturnType<typeof useInbox>;
  renders: number;
}

function Inbox({ projectId, seen }: { projectId: string; seen: Seen }) {
  const inbox = useInbox({ filter: { projectId, state: "ALL" } });
  const { counts } = useCounts({ filter: { projectId } });
  seen.inbox = inbox;
  seen.renders += 1;
  const titles = inbox.sessions.map(({ sessionId, attention }) => `${sessionId}:${attention.state}`);
  return createElement("p", null, `unread ${counts?.unread} ${titles.join()}`);
}

function Conversation({ sessionId, projectId }: { sessionId: string; projectId: string }) {
  const { entries } = useTimeline({ sessionId });
  const { session } = useSession({ sessionId });
  const { requests } = useInputRequests({ filter: { projectId } });
  const texts = entries
    .toArray()
    .map((entry) => (entry.kind === "event" && "text" in entry.event ? entry.event.text : ""));
  const prompts = requests.map(({ prompt }) => prompt).join();
  return createElement("p", null, `says ${texts.join("")} asks ${prompts} is ${session?.attention.reason}`);
}

it("hooks show what there is and what comes, share one store, and end it when they are gone", async () => {
  const projectId = uniqueName("project");
  const { sessionId, runId } = await createSession(asks, {}, { projectId });
  const { webSocket, sockets, sent } = recordSockets();
  const client: Client = createClient({ url: service.url, token, webSocket });
  await using page = openPage("root");
  const root = createRoot(page.root);
  const seen: Seen = { renders: 0 };
  const render = (sessionId?: string) =>
    root.render(
      createElement(
        StrictMode,
        null,
        createElement(
          AgentRunProvider,
          { client },
          createElement(Inbox, { projectId, seen }),
          createElement(Inbox, { projectId, seen: { renders: 0 } }),
          sessionId ? createElement(Conversation, { sessionId, projectId }) : null,
        ),
      ),
    );
  render();
  await expect.poll(page.text, patience).toContain(`unread 1 ${sessionId}:UNREAD`);
  await expect.poll(() => countOf(sent, "subscribe"), patience).toBe(2);

  const row = seen.inbox?.sessions[0];
  const { renders } = seen;
  render();
  await expect.poll(() => seen.renders, patience).toBeGreaterThan(renders);
  expect(seen.inbox?.sessions[0]).toBe(row);
  await seen.inbox?.markRead(row?.id ?? "");
  await expect.poll(page.text, patience).toContain(`unread 0 ${sessionId}:READ`);

  await append(asks, runId, ["hello"]);
  render(sessionId);
  await expect.poll(page.text, patience).toContain("says hello asks  is");
  await openRequest(asks, runId, { prompt: "Go on?", kind: "question" });
  await expect.poll(page.text, patience).toMatch(/asks Go on\? is NEEDS_INPUT/);

  root.unmount();
  await expect.poll(() => sockets.every(({ readyState }) => readyState === 3), patience).toBe(true);
});

it("what was hidden until its store was closed follows once more when it is shown, and stays with that", async () => {
  const projectId = uniqueName("project");
  const { sessionId } = await createSession(asks, {}, { projectId });
  const { webSocket, sent } = recordSockets();
  const client = createClient({ url: service.url, token, webSocket });
  await using page = openPage("root");
  const root = createRoot(page.root);
  let isNoted = 0;
  let note = (): void => {};
  const texts = new Set<string>();
  function Noting() {
    const { sessions } = useInbox({ filter: { projectId, state: "ALL" } });
    const [notes, setNotes] = useState(0);
    note = () => setNotes(notes + 1);
    isNoted = notes;
    texts.add(sessions.map((session) => session.sessionId).join());
    return createElement("p", null, sessions.map((session) => session.sessionId).join());
  }
  function Counting() {
    useCounts({ filter: { projectId } });
    return null;
  }
  // The same elements, as a router keeps them: nothing renders them again but their own state.
  const noting = createElement(Noting);
  const counting = createElement(Counting);
  const render = (mode: "visible" | "hidden", counts: boolean) =>
    root.render(
      createElement(
        AgentRunProvider,
        { client },
        createElement(Activity, { mode, children: noting }),
        counts ? counting : null,
      ),
    );
  render("visible", true);
  await expect.poll(page.text, patience).toContain(sessionId);
  await expect.poll(() => countOf(sent, "subscribe"), patience).toBe(2);
  render("hidden", true);
  await expect.poll(() => countOf(sent, "complete"), patience).toBe(1);
  render("visible", true);
  await expect.poll(() => countOf(sent, "subscribe"), patience).toBe(3);
  await expect.poll(page.text, patience).toContain(sessionId);

  // As long as a store stays open without anybody.
  render("visible", false);
  await expect.poll(() => countOf(sent, "complete"), patience).toBe(2);
  texts.clear();
  note();
  await expect.poll(() => isNoted, patience).toBe(1);
  expect([...texts]).toEqual([sessionId]);
  expect(countOf(sent, "subscribe")).toBe(3);
  root.unmount();
});
