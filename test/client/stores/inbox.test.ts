import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, createClient } from "../../../src/client/client.js";
import { createInbox } from "../../../src/client/stores/inbox.js";
import { mark } from "../../support/attention.js";
import { type TestService, startService } from "../../support/start-service.js";
import { createSession, finishRun, uniqueName } from "../../support/work.js";

let service: TestService;
let client: Client;
beforeAll(async () => {
  service = await startService();
  client = createClient({ url: service.url, webSocket: WebSocket });
});
afterAll(() => service.close());

it("an inbox shows its page, what comes, and what others mark", async () => {
  const projectId = uniqueName("project");
  const first = await createSession(service, {}, { projectId });
  await finishRun(service, first.runId);
  const inbox = createInbox(client, { filter: { projectId }, readerId: "ada" });
  const names = () => inbox.getSnapshot().sessions.map(({ sessionId }) => sessionId);
  await expect.poll(() => inbox.getSnapshot().status).toBe("live");
  expect(names()).toEqual([first.sessionId]);
  const second = await createSession(service, {}, { projectId });
  await expect.poll(names).toEqual([second.sessionId, first.sessionId]);
  await mark(service, "markSessionRead", first.sessionId, { readerId: "ada" });
  await expect.poll(names).toEqual([second.sessionId]);
  expect(inbox.getSnapshot().counts).toMatchObject({ total: 2, unread: 1, read: 1 });
  inbox.close();
  expect(inbox.getSnapshot().status).toBe("closed");
});
