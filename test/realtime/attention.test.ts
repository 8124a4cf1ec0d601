import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { scopes } from "../../src/auth/viewer.js";
import { markSessionsRead } from "../support/attention.js";
import { type AttentionBatch, followAttention, followCounts } from "../support/following/attention.js";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import {
  appendEvents,
  claim,
  createCommand,
  createRun,
  finishCommand,
  sessionOf,
  times,
  uniqueName,
} from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
});
afterAll(() => service.close());

/** Ada, who follows, and Bob, in a tenant of the test's own. */
let ada: Person;
let bob: Person;
beforeEach(async () => {
  const tenant = uniqueName("tenant");
  ada = await person(tenant, "ada");
  bob = await person(tenant, "bob");
});

type Person = Awaited<ReturnType<typeof person>>;

async function person(tenant: string, reader: string) {
  const token = await tokenFor(tenant, scopes, reader);
  const call = callerOf(service.url, token);
  const { ask } = asking(call);
  return {
    ask,
    connect: () => service.connect({ authorization: `Bearer ${token}` }),
    /** Marks a session; `input` is written as in GraphQL. */
    mark: (name: string, id: string, input = "") =>
      ask(`mutation { ${name}(input: { session: { id: "${id}" } ${input} }) { session { id } } }`),
  };
}

/** Creates a session with a run and gives the ids of both. */
async function createSession(by: Person): Promise<{ id: string; runId: string }> {
  const runId = await createRun(by, { session: { sessionId: uniqueName("session") } });
  return { id: await sessionOf(by, runId), runId };
}

async function nextOf<Item>(stream: AsyncIterator<Item>): Promise<Item> {
  const step = await stream.next();
  if (step.done) throw new Error("the subscription has ended");
  return step.value;
}

const standing = ({ sessions }: AttentionBatch) =>
  sessions.map(({ id, attention }) => [id, attention.state, attention.reason]);

it("a follower of roots hears of a request far below at the root, and never of what is below", async () => {
  const stream = followAttention(ada.connect());
  await nextOf(stream);
  const names: string[] = [];
  const runs: string[] = [];
  for (let depth = 0; depth < 6; depth += 1) {
    const sessionId = uniqueName("session");
    const parent = names.at(-1);
    const session = parent === undefined ? { sessionId } : { sessionId, parent: { sessionId: parent } };
    runs.push(await createRun(ada, { session }));
    names.push(sessionId);
  }
  const [root = "", ...below] = await Promise.all(runs.map((runId) => sessionOf(ada, runId)));
  const events = [{ type: "INPUT_REQUEST" as const, payload: { kind: "approval", prompt: "May I?" } }];
  await appendEvents(ada, { runId: runs.at(-1) ?? "", events });
  const seen: AttentionBatch[] = [];
  while (!seen.some((batch) => standing(batch)[0]?.[2] === "NEEDS_APPROVAL")) seen.push(await nextOf(stream));
  expect(standing(seen.at(-1) as AttentionBatch)).toEqual([[root, "UNREAD", "NEEDS_APPROVAL"]]);
  const told = seen.flatMap((batch) => [...batch.sessions.map(({ id }) => id), ...batch.removedIds]);
  for (const id of below) expect(told).not.toContain(id);
});

it("a follower of one project hears nothing of others, marks on them included", async () => {
  const projectId = uniqueName("project");
  const stream = followAttention(ada.connect(), { filter: { projectId, state: "ALL" } });
  await nextOf(stream);
  for (let n = 0; n < 5; n += 1) {
    const { id, runId } = await createSession(ada);
    await createCommand(ada, runId);
    await ada.mark("archiveSession", id);
  }
  const runId = await createRun(ada, { projectId, session: { sessionId: uniqueName("session") } });
  const id = await sessionOf(ada, runId);
  const batch = await nextOf(stream);
  expect([batch.sessions.map((session) => session.id), batch.removedIds]).toEqual([[id], []]);
  await stream.return(undefined);
});

it("a claim by the holder of the run reaches those who follow by updatedAfter", async () => {
  const { id, runId } = await createSession(ada);
  const { runnerId } = await claim(ada, runId);
  const updatedAfter = new Date().toISOString();
  const stream = followAttention(ada.connect(), { filter: { state: "ALL", updatedAfter } });
  await nextOf(stream);
  await claim(ada, runId, { runnerId });
  expect((await nextOf(stream)).sessions.map((session) => session.id)).toEqual([id]);
  await stream.return(undefined);
});

describe("sessionAttentionChanged", () => {
  it("without a cursor it begins with the counts and a cursor, and no session", async () => {
    await createSession(bob);
    const first = await nextOf(followAttention(ada.connect()));
    expect(first).toEqual({
      sessions: [],
      removedIds: [],
      counts: { active: 0, unread: 1, read: 0, total: 1 },
      cursor: expect.any(String),
      changeVersion: expect.any(Number),
      caughtUp: true,
    });
  });

  it("brings what others do and what the reader marks elsewhere, but not what another reader marks", async () => {
    const { id, runId } = await createSession(bob);
    const { id: otherId } = await createSession(bob);
    const stream = followAttention(ada.connect());
    await nextOf(stream);

    const commandId = await createCommand(bob, runId);
    expect(standing(await nextOf(stream))).toEqual([[id, "ACTIVE", "WORKING"]]);
    await finishCommand(bob, commandId);
    expect(standing(await nextOf(stream))).toEqual([[id, "UNREAD", "FINISHED"]]);
    await bob.mark("markSessionRead", id);
    await bob.mark("pinSession", otherId);
    await ada.mark("markSessionRead", id);
    const counts = { active: 0, unread: 1, read: 1, total: 2 };
    expect(await nextOf(stream)).toMatchObject({ sessions: [], removedIds: [id], counts });
    await ada.mark("markSessionUnread", id);
    expect(await nextOf(stream)).toMatchObject({ sessions: [{ id }], removedIds: [] });
  });

  it("brings a claim, which raises no version, and the input request that ends a snooze", async () => {
    const { id, runId } = await createSession(bob);
    const stream = followAttention(ada.connect());
    await nextOf(stream);

    await ada.mark("snoozeSession", id, `until: "2126-01-01T00:00:00Z"`);
    expect(await nextOf(stream)).toMatchObject({ sessions: [], removedIds: [id] });
    await bob.mark("pinSession", id);
    const { leaseToken } = await claim(bob, runId);
    expect(await nextOf(stream)).toMatchObject({ sessions: [], removedIds: [id] });
    const events = [{ type: "INPUT_REQUEST" as const, payload: { kind: "approval", prompt: "may I?" } }];
    await appendEvents(bob, { runId, events, leaseToken });
    const asked = await nextOf(stream);
    expect(standing(asked)).toEqual([[id, "ACTIVE", "NEEDS_APPROVAL"]]);

    const { id: otherId, runId: otherRunId } = await createSession(bob);
    const created = await nextOf(stream);
    await claim(bob, otherRunId);
    const claimed = await nextOf(stream);
    expect(standing(claimed)).toEqual([[otherId, "ACTIVE", "WORKING"]]);
    expect(claimed.sessions[0]?.version).toBe(created.sessions[0]?.version);
  });

  it("resumes with each session that changed meanwhile, once and as it stands now, then goes on", async () => {
    const [worked, pinned, archived, untouched] = await Promise.all(
      [1, 2, 3, 4].map(() => createSession(bob)),
    );
    if (!worked || !pinned || !archived || !untouched) throw new Error("there are four");
    const client = ada.connect();
    const { cursor } = await nextOf(followAttention(client));
    client.terminate();

    await ada.mark("pinSession", pinned.id);
    await finishCommand(bob, await createCommand(bob, worked.runId));
    await ada.mark("archiveSession", archived.id);
    await finishCommand(bob, await createCommand(bob, worked.runId), { terminalStatus: "FAILED" });
    const resumed = followAttention(ada.connect(), { after: cursor });
    const first = await nextOf(resumed);
    expect(standing(first)).toEqual([
      [pinned.id, "UNREAD", "IDLE"],
      [worked.id, "UNREAD", "FAILED"],
    ]);
    expect(first).toMatchObject({ removedIds: [archived.id], caughtUp: true });
    await createCommand(bob, untouched.runId);
    const live = await nextOf(resumed);
    expect(standing(live)).toEqual([[untouched.id, "ACTIVE", "WORKING"]]);

    const again = await nextOf(followAttention(ada.connect(), { after: live.cursor }));
    expect(again).toMatchObject({ sessions: [], removedIds: [], cursor: live.cursor, caughtUp: true });
  });

  it("refuses a cursor that was changed, or belongs to another filter, reader or tenant", async () => {
    const { cursor } = await nextOf(followAttention(ada.connect()));
    const stranger = await person(uniqueName("tenant"), "ada");
    const flipped = (cursor.startsWith("A") ? "B" : "A") + cursor.slice(1);
    const refused = [
      followAttention(ada.connect(), { after: flipped }),
      followAttention(ada.connect(), { after: "nonsense" }),
      followAttention(ada.connect(), { after: cursor, filter: { state: "ALL" } }),
      followAttention(ada.connect(), { after: cursor, readerId: "bob" }),
      followAttention(bob.connect(), { after: cursor }),
      followAttention(stranger.connect(), { after: cursor }),
    ];
    for (const stream of refused) await expect(stream.next()).rejects.toThrow(/BAD_USER_INPUT.*after/);
  });

  it("resumes in batches with each session once, where its newest change is", async () => {
    const { cursor } = await nextOf(followAttention(ada.connect()));
    const first = await createSession(bob);
    await times(109, () => createSession(bob));
    await ada.mark("pinSession", first.id);
    const arrived: string[] = [];
    for await (const { sessions, caughtUp } of followAttention(ada.connect(), { after: cursor })) {
      arrived.push(...sessions.map(({ id }) => id));
      if (caughtUp) break;
    }
    expect(arrived).toHaveLength(110);
    expect(new Set(arrived).size).toBe(110);
    expect(arrived.at(-1)).toBe(first.id);
  });

  it("brings all of 120 sessions that were marked read in one step, which is more than a batch", async () => {
    await times(120, () => createRun(bob, { session: { sessionId: uniqueName("s") } }));
    const [toRead, toDo] = [{ state: "READ" as const }, {}].map((filter) =>
      followAttention(ada.connect(), { filter }),
    );
    if (!toRead || !toDo) throw new Error("there are two");
    await Promise.all([nextOf(toRead), nextOf(toDo)]);
    expect(await markSessionsRead(ada, {})).toBe(120);

    const sizes: number[] = [];
    const arrived: string[] = [];
    const removed: string[] = [];
    while (arrived.length < 120) {
      const { sessions, counts } = await nextOf(toRead);
      arrived.push(...sessions.map(({ id }) => id));
      sizes.push(sessions.length);
      expect(counts).toMatchObject({ unread: 0, read: 120 });
    }
    while (removed.length < 120) removed.push(...(await nextOf(toDo)).removedIds);
    expect(sizes).toEqual([100, 20]);
    expect(new Set(arrived).size).toBe(120);
    expect(removed.toSorted()).toEqual(arrived.toSorted());
  });
});

describe("marking more sessions than followers are told of one by one", () => {
  const most = 2;
  let small: TestService;
  beforeAll(async () => {
    small = await startService({ config: { marksAtOnce: most } });
  });
  afterAll(() => small.close());

  const create = async (projectId: string) => {
    for (let count = 0; count <= most; count += 1)
      await createRun(small, { projectId, session: { sessionId: uniqueName("session") } });
  };

  it("ends those who follow them, refuses their cursors from before it, and lets others go on", async () => {
    await create("read");
    await create("other");
    const filters = [{ projectId: "read" }, {}, { projectId: "read", state: "RUNNING" as const }];
    const told = filters.map((filter) => followAttention(small.connect(), { filter }));
    const others = [
      followAttention(small.connect(), { filter: { projectId: "other" } }),
      followAttention(small.connect(), { filter: { projectId: "read" }, readerId: "bob" }),
      followAttention(small.connect(), { filter: { backendProfile: "another" } }),
    ];
    const before = await Promise.all(told.map(nextOf));
    const heard = await Promise.all(others.map(nextOf));
    const counts = followCounts(small.connect());
    expect(await nextOf(counts)).toMatchObject({ unread: 6, read: 0 });

    const filter = { projectId: "read", backendProfile: "codex" };
    expect(await markSessionsRead(small, { filter })).toBe(most + 1);
    expect(await nextOf(counts)).toMatchObject({ unread: 3, read: 3 });
    for (const [index, stream] of told.entries()) {
      const after = before[index]?.cursor;
      await expect(stream.next()).rejects.toThrow(/BAD_USER_INPUT.*cursor-too-old/);
      const again = followAttention(small.connect(), { filter: filters[index], after });
      await expect(again.next()).rejects.toThrow(/BAD_USER_INPUT.*cursor-too-old/);
    }
    const anew = await nextOf(followAttention(small.connect(), { filter }));
    expect(anew).toMatchObject({ sessions: [], counts: { unread: 0, read: most + 1 } });

    for (const projectId of ["other", "read"])
      await createRun(small, {
        projectId,
        backendProfile: "another",
        session: { sessionId: uniqueName("session") },
      });
    // The last of them follows both sessions, which may come together.
    for (const stream of others) expect((await nextOf(stream)).sessions).not.toEqual([]);
    const { cursor: after } = heard[1] ?? {};
    const resumed = followAttention(small.connect(), {
      filter: { projectId: "read" },
      readerId: "bob",
      after,
    });
    expect((await nextOf(resumed)).sessions).toHaveLength(1);
  });
});

describe("inboxCounts", () => {
  it("come at once, then only when they have changed", async () => {
    const { id, runId } = await createSession(bob);
    const stream = followCounts(ada.connect());
    const none = { active: 0, unread: 0, read: 0, needsInput: 0, archived: 0, snoozed: 0, total: 0 };
    expect(await nextOf(stream)).toEqual({ ...none, unread: 1, total: 1 });

    await ada.mark("pinSession", id);
    await bob.mark("markSessionRead", id);
    await createRun(bob, { session: null });
    await ada.mark("markSessionUnread", id);
    await ada.mark("markSessionRead", id);
    expect(await nextOf(stream)).toEqual({ ...none, read: 1, total: 1 });
    await createCommand(bob, runId, "INTERRUPT");
    await ada.mark("archiveSession", id);
    expect(await nextOf(stream)).toEqual({ ...none, archived: 1 });
    await createCommand(bob, runId);
    expect(await nextOf(stream)).toEqual({ ...none, active: 1, total: 1 });
  });

  it("count what the filter holds, whatever its state", async () => {
    const stream = followCounts(ada.connect(), { filter: { projectId: "counted", state: "READ" } });
    expect(await nextOf(stream)).toMatchObject({ total: 0 });
    await createSession(bob);
    await createRun(bob, { projectId: "counted", session: { sessionId: uniqueName("session") } });
    expect(await nextOf(stream)).toMatchObject({ unread: 1, total: 1 });
  });
});
