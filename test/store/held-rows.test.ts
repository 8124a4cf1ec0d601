import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { countWaiting, lockRun } from "../support/row-lock.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, readEvents, uniqueName } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** Holds the row of a session locked. */
async function lockSession(name: string) {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query("BEGIN");
  await client.query("SELECT 1 FROM session WHERE name = $1 FOR UPDATE", [name]);
  return { release: () => client.end() };
}

it.each(["run", "session"])(
  "a held %s stops no neighbour's appends, and gets its own in order once it is free",
  async (kind) => {
    const name = uniqueName("held");
    const runId = await createRun(service, { session: { sessionId: name } });
    const neighbours: string[] = [];
    for (let n = 0; n < 5; n += 1)
      neighbours.push(await createRun(service, { session: { sessionId: uniqueName("free") } }));
    const lock = kind === "run" ? await lockRun(service.databaseUrl, runId) : await lockSession(name);
    const held = ["a", "b", "c"].map((text) => append(service, runId, [text]));
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.all(neighbours.map((neighbour) => append(service, neighbour, ["free"])));
    }
    expect(await countWaiting(service.databaseUrl)).toBe(1);
    await lock.release();
    await Promise.all(held);
    const texts = (await readEvents(service, runId)).flatMap(({ payload }) => payload.text ?? []);
    expect(texts).toEqual(["a", "b", "c"]);
  },
);
