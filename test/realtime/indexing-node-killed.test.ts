import { expect, it } from "vitest";
import { createTestDatabase } from "../support/database.js";
import { startServiceProcess } from "../support/exec/outage.js";
import { searchAll } from "../support/search.js";
import { asking, callerOf } from "../support/start-service.js";
import { append, createSession } from "../support/work.js";

it("of two nodes either goes on to index what was written when the other is killed with kill -9", async () => {
  const database = await createTestDatabase();
  const nodes = await Promise.all([startServiceProcess(database.url), startServiceProcess(database.url)]);
  const texts = Array.from({ length: 400 }, (_, index) => `capybara ${index}`);
  for (const [index, killed] of nodes.entries()) {
    const asks = asking(callerOf(nodes[1 - index]?.url ?? ""));
    const { sessionId, runId } = await createSession(asks);
    await append(asks, runId, texts);
    await killed.kill();
    await append(asks, runId, texts);
    const count = async () => (await searchAll(asks, "capybara", { session: { sessionId } })).length;
    await expect.poll(count).toBe(800);
    await killed.start();
  }
  for (const node of nodes) await node.kill();
  await database.drop();
});
