import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { freePort, runService } from "../support/program.js";
import { asking, callerOf } from "../support/start-service.js";
import { append, createRun } from "../support/work.js";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "agentrun-kill-"));
  // As root the server runs as another user, who must be able to reach it.
  await chmod(dataDir, 0o755);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** `KILLS=50` is the long form. */
const kills = Number(process.env["KILLS"] ?? 4);

it("a service killed with kill -9 in the middle of writes, again and again, keeps every acknowledged write once", async () => {
  const port = String(await freePort());
  const env = { AGENTRUN_DATA_DIR: join(dataDir, "killed"), PORT: port };
  let service = await runService(env);
  const asks = asking(callerOf(service.url));
  const runIds = [await createRun(asks), await createRun(asks, { session: { sessionId: "killed" } })];

  const acknowledged = new Map<string, string[]>(runIds.map((id) => [id, []]));
  let killing = true;
  const write = async (writer: number) => {
    for (let turn = 0; killing; turn += 1) {
      const runId = runIds[writer % runIds.length] ?? "";
      const text = `${writer}.${turn}`;
      // The same key until it is acknowledged: what the killed service had stored already is not stored again.
      for (let acked = false; !acked && killing;) {
        acked = await append(asks, runId, [text], { idempotencyKey: text }).then(
          () => true,
          () => false,
        );
        if (acked) acknowledged.get(runId)?.push(text);
      }
    }
  };
  const writing = Array.from({ length: 6 }, (_, writer) => write(writer));
  const total = () => [...acknowledged.values()].reduce((sum, texts) => sum + texts.length, 0);
  for (let kill = 0; kill < kills; kill += 1) {
    const before = total();
    await expect.poll(total, { interval: 5 }).toBeGreaterThan(before + 20);
    service.child.kill("SIGKILL");
    await service.ended;
    service = await runService(env);
  }
  killing = false;
  await Promise.all(writing);

  for (const runId of runIds) {
    const texts: string[] = [];
    for (let after = 0; ; after += 500) {
      const eventsAfterSeq = graphql(`
        query EventsAfterSeq($id: ID!, $after: Int) {
          run(id: $id) { lastEventSeq events(first: 500, afterSeq: $after) { nodes { seq payload } } }
        }
      `);
      const data = await asks.ask(eventsAfterSeq, { id: runId, after });
      const run = found(data.run);
      const { nodes } = run.events;
      expect(nodes.map((node) => node.seq)).toEqual(nodes.map((_, index) => after + index + 1));
      texts.push(...nodes.map(({ payload }) => (payload as { text: string }).text));
      if (after + nodes.length === run.lastEventSeq) break;
    }
    const stored = new Set(texts.slice(1));
    expect(stored.size).toBe(texts.length - 1);
    for (const text of acknowledged.get(runId) ?? []) expect(stored).toContain(text);
  }
  service.child.kill("SIGTERM");
  expect(await service.ended).toBe(0);
}, 180_000);
