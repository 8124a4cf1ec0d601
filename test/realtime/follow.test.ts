import { expect, it } from "vitest";
import { follow } from "../../src/realtime/follow.js";
import { Hub } from "../../src/realtime/hub.js";

/** A log in memory, as a store would read it. */
function createLog(hub: Hub) {
  const items: number[] = [];
  let ended = false;
  return {
    add(count: number) {
      for (let added = 0; added < count; added += 1) items.push(items.length + 1);
      hub.wake(["log"]);
    },
    end() {
      ended = true;
      hub.wake(["log"]);
    },
    read: async (position: number) => {
      const page = items.slice(position, position + 3);
      return { items: page, position: position + page.length, lastPosition: items.length, ended };
    },
  };
}

it("what comes between two readings is not missed", async () => {
  const hub = new Hub();
  const log = createLog(hub);
  const stream = follow(hub.attach("log"), 0, log.read);
  expect((await stream.next()).value).toEqual({ items: [], position: 0, caughtUp: true });
  log.add(1);
  expect((await stream.next()).value).toMatchObject({ items: [1] });
  const next = stream.next();
  log.add(1);
  expect((await next).value).toMatchObject({ items: [2] });
});

it("a follower resumes after a position, in pages, and says when it has caught up", async () => {
  const hub = new Hub();
  const log = createLog(hub);
  log.add(8);
  log.end();
  const batches: unknown[] = [];
  for await (const { items, caughtUp } of follow(hub.attach("log"), 1, log.read))
    batches.push([items, caughtUp]);
  expect(batches).toEqual([
    [[2, 3, 4], false],
    [[5, 6, 7], false],
    [[8], true],
  ]);
});

it("a follower that leaves while it waits is ended at once, and listens no more", async () => {
  const hub = new Hub();
  const log = createLog(hub);
  const stream = follow(hub.attach("log"), 0, log.read);
  await stream.next();
  const waiting = stream.next();
  expect(hub.size).toBe(1);
  await stream.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(hub.size).toBe(0);
});

it("a follower whose reading fails throws, and listens no more", async () => {
  const hub = new Hub();
  const stream = follow(hub.attach("log"), 0, () => Promise.reject(new Error("gone")));
  await expect(stream.next()).rejects.toThrow("gone");
  expect(hub.size).toBe(0);
});

it("a wake-up of one topic wakes its listeners alone", async () => {
  const hub = new Hub();
  const [one, other] = [hub.attach("one"), hub.attach("other")];
  hub.wake(["one", "nobody"]);
  await one.wait(60_000);
  const quiet = other.wait(60_000).then(() => "woken");
  expect(await Promise.race([quiet, one.wait(10).then(() => "still waiting")])).toBe("still waiting");
  other.close();
  await quiet;
  one.close();
  expect(hub.size).toBe(0);
});
