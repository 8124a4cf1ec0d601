import { afterAll, beforeAll, expect, it } from "vitest";
import { graphql } from "../support/graphql.js";
import { cancelTask, claimTask, createTask } from "../support/queue.js";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";
import { registerRunner, uniqueName } from "../support/work.js";

let service: TestService;
let runnerId: string;
beforeAll(async () => {
  service = await startService();
  runnerId = await registerRunner(service);
});
afterAll(() => service.close());

const commander = graphql(`
  query Commander($queue: String) {
    queueCommander(queue: $queue) { queue generatedAt stats { queue total generatedAt } items { id state } }
  }
`);
const read = async (queue: string | null) => (await service.ask(commander, { queue })).queueCommander;

it("the commander shows what runs and waits in running order, then what has ended, newest first, 20 in all, of one moment", async () => {
  const queue = uniqueName("queue");
  const ended: string[] = [];
  for (let index = 0; index < 22; index += 1)
    ended.push((await createTask(service, { queue, priority: 9 })).id);
  for (const id of ended.toReversed()) await cancelTask(service, id);
  const low = await createTask(service, { queue, priority: -1 });
  const high = await createTask(service, { queue, priority: 5 });
  const first = await createTask(service, { queue });
  const second = await createTask(service, { queue });
  await claimTask(service, { queue, runnerId });

  const shown = await read(queue);
  expect(shown).toMatchObject({ queue, stats: { queue, total: 26 } });
  expect(shown.stats.generatedAt).toBe(shown.generatedAt);
  const live = [high.id, first.id, second.id, low.id];
  expect(shown.items.map(({ id }) => id)).toEqual([...live, ...ended.toReversed().slice(0, 16)]);
  expect(shown.items[0]?.state).toBe("RUNNING");

  for (let index = 0; index < 17; index += 1)
    live.push((await createTask(service, { queue, priority: -2 })).id);
  expect((await read(queue)).items.map(({ id }) => id)).toEqual(live.slice(0, 20));
});

it("the commander of an empty queue shows nothing; of all queues what is first in any", async () => {
  expect(await read("nothing here")).toMatchObject({ items: [], stats: { total: 0 } });
  const top = await createTask(service, { queue: uniqueName("queue"), priority: 1_000_000 });
  const all = await read(null);
  expect(all).toMatchObject({ queue: null, stats: { queue: null }, items: { length: 20 } });
  expect(all.items[0]?.id).toBe(top.id);
});

it("the commander is one statement", async () => {
  const sent = await recordStatements(() => read(null));
  expect(sent).toHaveLength(1);
});
