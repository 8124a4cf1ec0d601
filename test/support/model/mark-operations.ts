/*
 * What readers mark, done by the service and by the model.
 */
import { expect } from "vitest";
import { listStates } from "../../../src/domain/inbox/list.js";
import { endSnoozes } from "../../../src/store/inbox/mark.js";
import { readVersion } from "../../../src/store/tenant.js";
import { transaction } from "../../../src/store/transaction.js";
import * as readers from "./reader.js";
import { type World, mutate, pickFilter } from "./world.js";

/** More than any version. */
const beyond = 2 ** 53 - 1;

/** One reader marks one session: half of the time the same two, since what a mark does depends on the marks before. */
export async function mark(world: World): Promise<void> {
  const { random } = world;
  const isOften = random.chance(0.5);
  const reader = isOften ? "ada" : random.pick([...world.calls.keys()]);
  const { id } = random.pick(isOften ? world.model.sessions.slice(0, 2) : world.model.sessions);
  const own = readers.markOf(world.model, reader, id);
  const flag = random.chance(0.75);
  const until = flag ? "2126-01-01T00:00:00Z" : null;
  const [upTo, upToVersion] = random.pick([...world.versions, [Infinity, beyond] as const]);
  const [name, more, change] = random.pick<[string, object, () => void]>([
    ["markSessionRead", {}, () => readers.markRead(world.model, reader, id)],
    ["markSessionRead", { upToVersion }, () => readers.markRead(world.model, reader, id, upTo)],
    ["markSessionUnread", {}, () => readers.markUnread(world.model, reader, id)],
    ["archiveSession", { archived: flag }, () => (own.archived = flag)],
    ["snoozeSession", { until }, () => readers.snooze(own, flag)],
    ["snoozeSession", { until }, () => readers.snooze(own, flag)],
    ["pinSession", { pinned: flag }, () => (own.pinned = flag)],
  ]);
  const input = { session: { id }, ...more };
  const { payload } = await mutate(world, name, input, `counts { total unread archived snoozed }`, reader);
  change();
  expect(readers.countsOf(world.model, reader, {}, world.activity)).toMatchObject(payload.counts);
}

/** One reader marks a list as read. */
export async function markList(world: World): Promise<void> {
  const { random } = world;
  const reader = random.pick([...world.calls.keys()]);
  const filter = { ...(random.chance(0.5) ? {} : pickFilter(world)), state: random.pick(listStates) };
  const isAll = random.chance(0.5);
  // What is read without a version is read up to the newest, which no session need have.
  if (isAll) world.versions.set((world.model.version += 1), await readVersion(world.store));
  const [upTo, newest] = isAll ? [world.model.version, null] : random.pick([...world.versions]);
  const upToVersion = isAll ? random.pick([null, beyond]) : newest;
  const { payload } = await mutate(world, "markSessionsRead", { filter, upToVersion }, "changed", reader);
  expect(payload.changed).toBe(
    readers.markListRead(world.model, reader, filter, world.activity, upTo, world.marksAtOnce),
  );
}

/** The time of a snooze comes, whether or not a request has ended it before. */
export async function endSnooze({ model, random, store }: World): Promise<void> {
  const timed = model.marks.filter(({ isTimed }) => isTimed);
  if (timed.length === 0) return;
  const put = random.pick(timed);
  const { readerId, sessionId } = put;
  await store.pool.query(
    `UPDATE reader_mark SET snoozed_until = clock_timestamp() WHERE tenant_id = $1 AND reader_id = $2 AND session_id = $3`,
    [store.tenantId, readerId, sessionId],
  );
  await transaction(store, (tx) => endSnoozes(tx, [`${sessionId}:${readerId}`]));
  readers.endSnooze(model, put);
}
