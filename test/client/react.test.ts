import { StrictMode, createElement } from "react";
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
import { recordSockets } from "../support/following/recorded-socket.js";
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
  const texts = entries.toArray().map((entry) => (entry.kind === "event" && "text" in entry.event ? entry.event.text : ""));
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
  const subscriptions = () => sent.filter(({ type }) => type === "subscribe").length;
  await expect.poll(subscriptions, patience).toBe(2);

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
