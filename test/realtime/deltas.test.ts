import { afterAll, beforeAll, expect, it } from "vitest";
import { Shown, followDeltas, showUntil, writer } from "../support/deltas.js";
import { openSocket } from "../support/following/open-socket.js";
import { createRandom } from "../support/random.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, claim, createRun } from "../support/work.js";

let one: TestService;
let two: TestService;
beforeAll(async () => {
  one = await startService();
  two = await startService({ databaseUrl: one.databaseUrl, config: { limits: { aliases: 100 } } });
});
afterAll(async () => {
  await two.close();
  await one.close();
});

const last = "That is all. ";

/** Writes three streams to both nodes in turn, with events between, and begins one of them anew. */
async function write(runId: string, leaseToken: string, seed: number): Promise<Map<string, string>> {
  const random = createRandom(seed);
  const texts = new Map<string, string>();
  const names = ["a", "b", "c"];
  for (let turn = 0; turn < 120; turn += 1) {
    const streamId = random.pick(names);
    const before = random.chance(0.03) ? "" : (texts.get(streamId) ?? "");
    const text = turn > 116 ? last : `${random.pick(["one", "two", "Ünï", "𝒳"])} `;
    const id = turn > 116 ? (names[turn - 117] ?? "") : streamId;
    const so = id === streamId ? before : (texts.get(id) ?? "");
    await writer(
      random.chance(0.5) ? one : two,
      { runId, leaseToken },
      { streamId: id },
    )(text, [...so].length);
    texts.set(id, so + text);
    if (turn % 10 === 0) await append(two, runId, ["an event"], { leaseToken });
  }
  return texts;
}

it("who follows at any pace, is cut and resumes, sees no gap and in the end the whole text", async () => {
  const seed = 5;
  const runId = await createRun(one);
  const { leaseToken } = await claim(one, runId);
  const isDone = (shown: Shown) => ["a", "b", "c"].every((name) => shown.of(runId, name)?.endsWith(last));

  const steady = async (service: TestService) => {
    const shown = new Shown();
    await showUntil(followDeltas(service.connect(), { runId }), shown, () => isDone(shown));
    return shown;
  };
  const cut = async (every: number) => {
    let after: string | undefined;
    for (let round = 0; ; round += 1) {
      const client = (round % 2 ? one : two).connect();
      // What came before the cut is forgotten: all that is open comes anew.
      const shown = new Shown();
      let count = 0;
      const batch = await showUntil(followDeltas(client, { runId, after }), shown, () => {
        count += 1;
        return isDone(shown) || count === every + round;
      });
      after = batch.cursor;
      if (isDone(shown)) return shown;
      client.terminate();
    }
  };
  const all = Promise.all([steady(one), steady(two), cut(2), cut(5), steady(one)]);
  const texts = await write(runId, leaseToken, seed);
  for (const shown of await all)
    for (const [name, text] of texts)
      expect({ seed, name, text: shown.of(runId, name) }).toEqual({ seed, name, text });
});

/** Sends each text fifty times, so that a few fill every buffer on their way. */
const fat = `subscription ($runId: ID!) { runEvents(runId: $runId, deltas: true) { cursor deltas {
  run { id } streamId offset reset text ${Array.from({ length: 50 }, (_, n) => `t${n}: text`).join(" ")}
} } }`;

it("who does not read for a while gets the text so far at once, not piece by piece", async () => {
  const runId = await createRun(one);
  const write = writer(one, { runId, ...(await claim(one, runId)) });
  const { socket, begin, frames } = await openSocket(two.url);
  begin("1", fat, { runId });
  await write("begun ");
  const shown = () => {
    const seen = new Shown();
    for (const { payload } of frames as { payload?: { data?: { runEvents: never } } }[])
      if (payload?.data) seen.add(payload.data.runEvents);
    return seen.of(runId);
  };
  await expect.poll(shown).toBe("begun ");
  socket.pause();
  const before = frames.length;
  // Each a mebibyte on its way.
  const pad = "word ".repeat(4_000);
  for (let n = 0; n < 40; n += 1) await write(`${n}: ${pad}`, 0);
  await write(last);
  socket.resume();
  await expect.poll(shown).toBe(`39: ${pad}${last}`);
  expect(frames.length - before).toBeLessThan(30);
});
