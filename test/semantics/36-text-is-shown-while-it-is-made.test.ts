import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeDeadStreams } from "../../src/store/delta/sweep.js";
import {
  Shown,
  followDeltas,
  followSessionDeltas,
  runDeltas,
  sendDeltaDocument,
  showUntil,
  writer,
} from "../support/deltas.js";
import { openStream } from "../support/following/event-stream.js";
import { openNode } from "../support/node.js";
import { countWaiting } from "../support/row-lock.js";
import { type TestService, startService } from "../support/start-service.js";
import { appendEvents, claim, createRun, createSession, finishRun, readEvents } from "../support/work.js";
import { graphql } from "../support/graphql.js";

let one: TestService;
let two: TestService;
let node: ReturnType<typeof openNode>;
beforeAll(async () => {
  one = await startService();
  two = await startService({ databaseUrl: one.databaseUrl });
  node = openNode(one);
});
afterAll(async () => {
  await node.pool.end();
  await two.close();
  await one.close();
});

async function held(runId?: string, options: { leaseSeconds?: number } = {}) {
  const id = runId ?? (await createRun(one));
  return { runId: id, ...(await claim(one, id, options)) };
}

const refusal = async (service: TestService, input: object) => {
  const { errors } = await service.call(sendDeltaDocument, { input } as never);
  const { code, details } = errors?.[0]?.extensions ?? {};
  return { code, details, message: errors?.[0]?.message };
};

/** Makes the streams of a run look as if nothing had come for so many seconds. */
const age = (runId: string, seconds: number) =>
  node.pool.query(
    `UPDATE delta_stream SET touched_at = clock_timestamp() - make_interval(secs => $2) WHERE run_id = $1`,
    [runId, seconds],
  );

const countOf = async (runId: string) =>
  (await node.pool.query("SELECT FROM delta_stream WHERE run_id = $1", [runId])).rowCount;

/** What who comes now gets of the open streams of a run. */
async function seen(runId: string, service = two) {
  const shown = new Shown();
  await showUntil(followDeltas(service.connect(), { runId }), shown, ({ caughtUp }) => caughtUp);
  return shown;
}

it("who follows gets each piece from both nodes, who comes later the text so far, and the event ends it", async () => {
  const { runId: id, sessionId } = await createSession(one);
  const holder = await held(id);
  const { runId, leaseToken } = holder;
  const early = followDeltas(two.connect(), { runId });
  const shown = new Shown();
  expect((await early.next()).value).toMatchObject({ deltas: [], caughtUp: true });

  const write = writer(one, holder);
  // It goes on through another node, and 𝒳 is one code point.
  const writeThere = writer(two, holder);
  expect(await write("Héllo 𝒳 there, ")).toBe(15);
  const first = await showUntil(early, shown, () => shown.of(runId) === "Héllo 𝒳 there, ");
  expect(first).toMatchObject({
    events: [],
    deltas: [{ run: { id: runId }, streamId: "s", type: "ASSISTANT_MESSAGE", offset: 0, reset: true }],
  });
  expect(await writeThere("I am ", 15)).toBe(20);
  expect(await write("here. ", 20)).toBe(26);
  await showUntil(early, shown, () => shown.of(runId) === "Héllo 𝒳 there, I am here. ");
  expect(shown.resets).toBe(1);

  const late = followSessionDeltas(one.connect(), { session: { sessionId } });
  const lateShown = new Shown();
  const batch = await showUntil(late, lateShown, ({ caughtUp }) => caughtUp);
  expect(batch.deltas).toMatchObject([{ offset: 0, text: "Héllo 𝒳 there, I am here. ", reset: true }]);
  // They come behind the events of their batch.
  expect(batch.events.length).toBeGreaterThan(0);

  const before = (await readEvents(one, runId)).length;
  const payload = { text: "Héllo 𝒳 there, I am here. Bye.", streamId: "s" };
  await appendEvents(one, { runId, leaseToken, events: [{ type: "ASSISTANT_MESSAGE", payload }] });
  const end = await showUntil(early, shown, ({ events }) => events.length > 0);
  expect(end).toMatchObject({ deltas: [], events: [{ seq: before + 1, streamId: "s" }] });
  expect(await countOf(runId)).toBe(0);
  expect(
    await refusal(one, {
      ...holder,
      runnerId: undefined,
      streamId: "s",
      type: "ASSISTANT_MESSAGE",
      offset: 26,
      text: "x",
    }),
  ).toMatchObject({
    code: "CONFLICT",
    details: { length: 0 },
  });
  // The same name begins anew.
  await write("Again ", 0);
  await showUntil(early, shown, () => shown.of(runId) === "Again ");
  expect(shown.resets).toBe(2);
  expect((await seen(runId)).of(runId)).toBe("Again ");
});

it("the event ends its stream alone, also one whose delta is being stored at the same moment", async () => {
  const holder = await held();
  const { runId, leaseToken } = holder;
  await writer(one, holder)("Hello ");
  await writer(one, holder, { streamId: "other" })("Others go on ");
  const storing = await node.pool.connect();
  await storing.query("BEGIN");
  await storing.query(
    "UPDATE delta_stream SET text = text || 'there', length = 11, sent = 11 WHERE run_id = $1 AND stream_id = 's'",
    [runId],
  );
  const appended = appendEvents(two, {
    runId,
    leaseToken,
    events: [{ type: "ASSISTANT_MESSAGE", payload: { text: "Hello there", streamId: "s" } }],
  });
  await expect.poll(() => countWaiting(one.databaseUrl)).toBe(1);
  await storing.query("COMMIT");
  storing.release();
  await appended;
  expect([...(await seen(runId)).texts.values()]).toEqual(["Others go on "]);
  expect(await countOf(runId)).toBe(1);
});

it("a delta is no history: no event, no version, no activity, and who did not ask for it gets none", async () => {
  const state = graphql(`
    query DeltaState($id: ID!) {
      run(id: $id) { lastEventSeq updatedAt session { version lastEventSeq lastActivityAt updatedAt } }
    }
  `);
  const { runId: id } = await createSession(one);
  const holder = await held(id);
  const before = await one.ask(state, { id });
  const plain = followDeltas(one.connect(), { runId: id, deltas: false });
  const write = writer(one, holder);
  for (const text of ["one ", "two ", "three "]) await write(text);
  expect(await one.ask(state, { id })).toEqual(before);
  expect((await plain.next()).value).toMatchObject({ caughtUp: true, deltas: [] });
  const cursor = (await plain.next.call(followDeltas(one.connect(), { runId: id }))).value.cursor;
  // The cursor is the events' alone.
  const resumed = followDeltas(one.connect(), { runId: id, after: cursor, deltas: false });
  expect((await resumed.next()).value).toMatchObject({ events: [], deltas: [], cursor });
});

it("over SSE it comes in the same batches, and a stream that is resumed gets it with a reset", async () => {
  const holder = await held();
  const { runId } = holder;
  const write = writer(one, holder);
  await write("so far ");
  const variables = { runId, deltas: true };
  const stream = await openStream(two.url, { query: runDeltas, variables });
  const first = await stream.next();
  expect(first?.data.data.runEvents.deltas).toMatchObject([{ text: "so far ", reset: true }]);
  await write("and on ");
  const second = await stream.next();
  expect(second?.data.data.runEvents).toMatchObject({
    events: [],
    deltas: [{ offset: 7, text: "and on ", reset: false }],
  });
  stream.leave();
  const headers = { "last-event-id": second?.id ?? "" };
  const resumed = await openStream(one.url, { query: runDeltas, variables, headers });
  expect((await resumed.next())?.data.data.runEvents).toMatchObject({
    events: [],
    deltas: [{ offset: 0, text: "so far and on ", reset: true }],
  });
  resumed.leave();
});

describe("a stream ends", () => {
  it("with its run, with its holder's lease, and after a minute of silence; the sweep removes it", async () => {
    const ended = await held();
    await writer(one, ended)("text ");
    expect((await seen(ended.runId)).of(ended.runId)).toBe("text ");
    await finishRun(one, ended.runId);

    const released = await held();
    await writer(one, released)("text ");
    const release = graphql(
      `mutation ReleaseHeld($input: ReleaseRunInput!) { releaseRun(input: $input) { run { id } } }`,
    );
    await one.ask(release, { input: { runId: released.runId, leaseToken: released.leaseToken } });
    const again = await held(released.runId);
    expect((await seen(released.runId)).texts.size).toBe(0);

    const lapsed = await held();
    await writer(one, lapsed)("text ");
    await node.pool.query("UPDATE run SET lease_expires_at = clock_timestamp() WHERE id = $1", [
      lapsed.runId,
    ]);
    expect((await seen(lapsed.runId)).texts.size).toBe(0);

    const silent = await held();
    const write = writer(one, silent);
    await write("text ");
    await age(silent.runId, 59);
    expect((await seen(silent.runId)).of(silent.runId)).toBe("text ");
    await write("more ");
    await age(silent.runId, 60);
    expect((await seen(silent.runId)).texts.size).toBe(0);

    const live = await held();
    await writer(one, live)("text ");
    expect(await removeDeadStreams(node.pool)).toBe(false);
    for (const { runId } of [ended, released, lapsed, silent]) expect(await countOf(runId)).toBe(0);
    expect(await countOf(live.runId)).toBe(1);

    const delta = { streamId: "s", type: "ASSISTANT_MESSAGE", offset: 5, text: "x" };
    const asSentTo = ({ runId, leaseToken }: { runId: string; leaseToken: string }) => ({
      runId,
      leaseToken,
      ...delta,
    });
    expect((await refusal(one, asSentTo(ended))).code).toBe("ALREADY_TERMINAL");
    expect((await refusal(one, asSentTo(released))).code).toBe("RUNNER_LEASE_CONFLICT");
    expect((await refusal(one, asSentTo(lapsed))).code).toBe("RUNNER_LEASE_CONFLICT");
    for (const each of [again, silent])
      expect(await refusal(one, asSentTo(each))).toMatchObject({ code: "CONFLICT", details: { length: 0 } });
  });

  it("where Postgres has crashed, and begins anew with a reset", async () => {
    const holder = await held();
    const { runId } = holder;
    const write = writer(one, holder);
    await write("text ");
    const shown = new Shown();
    const batches = followDeltas(two.connect(), { runId });
    await showUntil(batches, shown, () => shown.of(runId) === "text ");
    // So an unlogged table is after a crash.
    await node.pool.query("DELETE FROM delta_stream WHERE run_id = $1", [runId]);
    const delta = { runId, leaseToken: holder.leaseToken, streamId: "s", type: "ASSISTANT_MESSAGE" };
    expect(await refusal(one, { ...delta, offset: 5, text: "x" })).toMatchObject({
      code: "CONFLICT",
      details: { length: 0 },
    });
    await write("text anew ", 0);
    await showUntil(batches, shown, () => shown.of(runId) === "text anew ");
    expect(shown.resets).toBe(2);
    const { rows } = await node.pool.query(
      "SELECT relpersistence FROM pg_class WHERE relname = 'delta_stream'",
    );
    expect(rows).toEqual([{ relpersistence: "u" }]);
  });
});

describe("sendDelta", () => {
  it("is refused in words, and nothing of it is shown", async () => {
    const { runId, leaseToken } = await held();
    await writer(one, { runId, leaseToken })("four");
    const delta = { runId, leaseToken, streamId: "s", type: "ASSISTANT_MESSAGE", offset: 4, text: " me" };
    const other = await held();
    const cases: [object, string, string | RegExp][] = [
      [{ leaseToken: undefined }, "RUNNER_LEASE_CONFLICT", runId],
      [{ leaseToken: other.leaseToken }, "RUNNER_LEASE_CONFLICT", runId],
      [{ runId: await createRun(one) }, "RUNNER_LEASE_CONFLICT", "is not held"],
      [{ runId: `run_${"0".repeat(32)}` }, "NOT_FOUND", "run"],
      [{ runId: "x" }, "BAD_USER_INPUT", "input.runId"],
      [{ offset: 3 }, "CONFLICT", "offset 4"],
      [{ offset: 5 }, "CONFLICT", "offset 4"],
      [{ offset: -1 }, "BAD_USER_INPUT", "input.offset"],
      [{ streamId: "other" }, "CONFLICT", "offset 0"],
      [{ streamId: "" }, "BAD_USER_INPUT", "input.streamId"],
      [{ streamId: `ghp_${"a1B2c3".repeat(6)}` }, "BAD_USER_INPUT", "input.streamId"],
      [{ type: "COMMAND_OUTPUT" }, "BAD_USER_INPUT", "input.type"],
      ...["USER_MESSAGE", "DIFF", "ERROR", "INPUT_REQUEST", "TERMINAL_STATUS", "BACKEND_STATUS"].map(
        (type): [object, string, string] => [{ type, offset: 0 }, "BAD_USER_INPUT", "ASSISTANT_MESSAGE, "],
      ),
      [{ text: "é".repeat(32_767) }, "BAD_USER_INPUT", "input.text"],
      [{ text: "é".repeat(32_769), offset: 0 }, "BAD_USER_INPUT", "65536"],
    ];
    for (const service of [one, two])
      for (const [wrong, code, words] of cases)
        expect(await refusal(service, { ...delta, ...wrong })).toMatchObject({
          code,
          message: expect.stringMatching(words),
        });
    expect(await refusal(two, { ...delta, offset: 9 })).toMatchObject({ details: { length: 4 } });
    expect(await refusal(one, delta)).toMatchObject({ code: undefined });
    expect((await seen(runId)).of(runId)).toBe("four me");
  });

  it("opens 16 streams of a run, of 64 KiB each, and a batch holds a mebibyte of them", async () => {
    const { sessionId, runId } = await createSession(one);
    const runs = [await held(runId), await held(await createRun(one, { session: { sessionId } }))];
    const text = "word ".repeat(13_107);
    for (const holder of runs)
      await Promise.all(
        Array.from({ length: 16 }, (_, n) => writer(n % 2 ? one : two, holder, { streamId: `s${n}` })(text)),
      );
    const { runId: id, leaseToken } = runs[0] as (typeof runs)[number];
    const delta = { runId: id, leaseToken, type: "TOOL_CALL", offset: 0, text: "x" };
    expect(await refusal(one, { ...delta, streamId: "more" })).toMatchObject({
      code: "CONFLICT",
      details: { streams: 16 },
    });
    // One that has ended makes room; so does one that begins anew.
    expect(await refusal(one, { ...delta, streamId: "s1" })).toMatchObject({ code: undefined });
    const payload = { text: "x", streamId: "s1" };
    await appendEvents(one, { runId: id, leaseToken, events: [{ type: "ASSISTANT_MESSAGE", payload }] });
    expect(await refusal(one, { ...delta, streamId: "more", text: text })).toMatchObject({ code: undefined });

    const shown = new Shown();
    const sizes: number[] = [];
    await showUntil(followSessionDeltas(two.connect(), { session: { sessionId } }), shown, (batch) => {
      sizes.push(batch.deltas.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0));
      return batch.caughtUp;
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_048_576);
    expect(sizes.length).toBeGreaterThan(1);
    expect([...shown.texts.values()]).toEqual(Array.from({ length: 32 }, () => text));
  });

  it("of one stream, sent by many at once, takes one at each offset", async () => {
    const holder = await held();
    const delta = {
      runId: holder.runId,
      leaseToken: holder.leaseToken,
      streamId: "s",
      type: "COMMAND_OUTPUT",
    };
    expect(await refusal(one, { ...delta, offset: 0, text: "begun " })).toMatchObject({ code: undefined });
    const codes = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        refusal(n % 2 ? one : two, { ...delta, offset: 6, text: "once " }),
      ),
    );
    expect(codes.filter(({ code }) => code === undefined)).toHaveLength(1);
    for (const { code, details } of codes.filter(({ code }) => code !== undefined))
      expect({ code, details }).toMatchObject({ code: "CONFLICT", details: { length: 11 } });
    expect((await seen(holder.runId)).of(holder.runId)).toBe("begun once ");
  });
});

it("the types of a subscription narrow its deltas too", async () => {
  const holder = await held();
  const { runId } = holder;
  await writer(one, holder, { streamId: "said" })("said ");
  await writer(one, holder, { streamId: "printed", type: "COMMAND_OUTPUT" })("printed ");
  const batches = followDeltas(two.connect(), { runId, types: ["COMMAND_OUTPUT"] });
  expect((await batches.next()).value).toMatchObject({
    deltas: [{ streamId: "printed", type: "COMMAND_OUTPUT" }],
  });
});

it("a secret that is cut over deltas is shown to nobody, and its tail is read by no one", async () => {
  const holder = await held();
  const { runId } = holder;
  const token = `ghp_${"a1B2c3".repeat(6)}`;
  const shown = new Shown();
  const batches = followDeltas(two.connect(), { runId });
  const texts = [
    "It is gh",
    token.slice(2, 9),
    token.slice(9),
    ", and the pass",
    "word is hun",
    "ter2swordfish9. ",
    "Try (hunter2swordfish9). Done ",
  ];
  let offset = 0;
  for (const [n, text] of texts.entries()) {
    // Each through another node: what one holds back the other knows.
    await writer(n % 2 ? one : two, holder)(text, offset);
    offset += text.length;
    expect((await seen(runId)).of(runId)).not.toMatch(/gh|a1B2|c3a1|hun|ter2|swordfish/);
  }
  await showUntil(batches, shown, () => shown.of(runId)?.endsWith("Done ") === true);
  expect(shown.of(runId)).toBe("It is [REDACTED], and the password is [REDACTED]. Try ([REDACTED]). Done ");
});
