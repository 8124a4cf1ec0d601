import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, DeltaTexts, createClient } from "../../src/client/client.js";
import { openNode } from "../support/node.js";
import { type TestService, startService } from "../support/start-service.js";
import { appendEvents, claim, createSession, finishRun } from "../support/work.js";

let service: TestService;
let node: ReturnType<typeof openNode>;
let client: Client;
beforeAll(async () => {
  service = await startService();
  node = openNode(service);
  client = createClient({ url: service.url, webSocket: WebSocket });
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

it("what a runner writes is put together from the batches of who follows, until the event comes", async () => {
  const { sessionId, runId } = await createSession(service);
  const { leaseToken } = await claim(service, runId);
  const target = { runId, leaseToken, streamId: "m1", type: "ASSISTANT_MESSAGE" as const };
  const writer = client.writeDeltas(target);
  const texts = new DeltaTexts();
  const batches = client.followSession({ sessionId }, { deltas: true })[Symbol.asyncIterator]();
  const until = async (isDone: () => boolean) => {
    while (!isDone()) {
      const { value, done } = await batches.next();
      if (done) throw new Error("it has ended");
      texts.add(value);
    }
  };
  // A character of two units that comes in halves, and many pieces at once.
  for (const piece of ["Look: \uD83D", "\uDE42 ", "one ", "two ", "three "]) writer.write(piece);
  await until(() => texts.get(runId, "m1") === "Look: 🙂 one two three ");
  // The service does not know it any more.
  await node.pool.query("DELETE FROM delta_stream WHERE run_id = $1", [runId]);
  writer.write("four ");
  await until(() => texts.get(runId, "m1") === "Look: 🙂 one two three four ");
  await writer.end();
  const payload = { text: "Look: 🙂 one two three four five.", streamId: "m1" };
  await appendEvents(service, { runId, leaseToken, events: [{ type: "ASSISTANT_MESSAGE", payload }] });
  await until(() => texts.get(runId, "m1") === undefined);
  await batches.return?.();
});

it("what cannot be shown is told once, and throws nothing", async () => {
  const { runId } = await createSession(service);
  const { leaseToken } = await claim(service, runId);
  const target = { runId, leaseToken, streamId: "m1", type: "ASSISTANT_MESSAGE" as const };
  const told: string[] = [];
  const writer = client.writeDeltas(target, { onGiveUp: ({ code }) => told.push(code) });
  await finishRun(service, runId);
  writer.write("a");
  await expect.poll(() => told).toEqual(["ALREADY_TERMINAL"]);
  writer.write("b");
  await writer.end();
  expect(told).toHaveLength(1);
});
