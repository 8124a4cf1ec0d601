import { expect, it } from "vitest";
import { removeOthers } from "../../src/actions/clear.js";
import { findResting } from "../../src/store/resting.js";
import { createStore } from "../../src/store/store.js";
import { openSocket } from "../support/following/open-socket.js";
import { cancelTask, createTask } from "../support/queue.js";
import { shareNode, shareService } from "../support/shared-service.js";
import { uniqueName } from "../support/work.js";

const service = shareService({ config: { pollMs: 100 } });
const node = shareNode(service);

const follow = `subscription ($queue: String, $after: String) { queueTasks(filter: { queue: $queue }, after: $after) {
  cursor removedIds tasks { id } stats { total } } }`;

interface Batch {
  cursor: string;
  removedIds: string[];
  tasks: { id: string }[];
  stats: { total: number };
}

type Payload = { data?: { queueTasks: Batch }; errors?: object[] };

/** A follower, with what it was sent. */
async function open(queue: string, after: string | null) {
  const { socket, begin, frames } = await openSocket(service.url);
  begin("1", follow, { queue, after });
  await expect.poll(() => frames.length).toBeGreaterThan(1);
  const payloads = () => frames.slice(1).map(({ payload }) => (payload ?? {}) as Payload);
  return {
    batches: () => payloads().flatMap(({ data }) => (data ? [data.queueTasks] : [])),
    refusal: () => payloads().flatMap((payload) => payload.errors ?? payload)[0],
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** What a follower that resumes is sent first. */
async function first(queue: string, after: string | null): Promise<Batch | undefined> {
  using follower = await open(queue, after);
  return follower.batches()[0];
}

async function clear(): Promise<void> {
  const store = createStore(
    node.pool,
    () => {},
    () => {},
  );
  await removeOthers(store, (kind, search) => findResting(node.pool, kind, search), new Map(), {
    retention: { graceSeconds: 3_600, days: 1 },
    isStopped: () => false,
    onFault: (error) => {
      throw error;
    },
  });
}
const sql = (text: string, ...values: unknown[]) => node.pool.query(text, values);

it("who follows is told that a task left; who was away too, or that the cursor is too old; never nothing", async () => {
  const queue = uniqueName("queue");
  const { id } = await createTask(service, { queue });
  await cancelTask(service, id);
  using follower = await open(queue, null);
  const before = follower.batches()[0]?.cursor ?? "";
  expect(follower.batches()[0]).toMatchObject({ tasks: [{ id }], stats: { total: 1 } });

  await sql("UPDATE queue_task SET updated_at = clock_timestamp() - interval '2 days' WHERE id = $1", id);
  await clear();
  const left = { removedIds: [id], tasks: [], stats: { total: 0 } };
  // By the poll: the clearing was no node of the service.
  await expect.poll(() => follower.batches()[1]).toMatchObject(left);
  expect(await first(queue, before)).toMatchObject(left);
  const after = (await first(queue, before))?.cursor ?? "";
  expect(await first(queue, null)).toMatchObject({ removedIds: [], tasks: [] });

  // An hour later, or as if it were.
  await sql("UPDATE queue_task SET forgotten_at = clock_timestamp() - interval '2 hours' WHERE id = $1", id);
  await clear();
  expect((await sql("SELECT id FROM queue_task WHERE id = $1", id)).rows).toEqual([]);
  using refused = await open(queue, before);
  expect(refused.refusal()).toMatchObject({
    message: expect.stringMatching(/^after is too old: tasks/),
    extensions: { code: "BAD_USER_INPUT", details: { field: "after", reason: "cursor-too-old" } },
  });
  expect(await first(queue, after)).toMatchObject({ removedIds: [], tasks: [] });
  // Who has followed all the while goes on.
  const added = await createTask(service, { queue });
  await expect.poll(() => follower.batches().at(-1)?.tasks).toEqual([{ id: added.id }]);
});
