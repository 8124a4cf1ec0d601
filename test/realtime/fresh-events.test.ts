import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { followRun, followSession } from "../support/following/follow.js";
import { createRandom } from "../support/random.js";
import { startService } from "../support/start-service.js";
import { append, createCommand, createRun, finishRun, readEvents, uniqueName } from "../support/work.js";

// The poll is an hour away: whatever no wake-up brings is not there in time.
it("A13: whoever writes, at this node or another, alone or at once: followers have all of it in order without the poll", async () => {
  await using here = await startService();
  await using there = await startService({ databaseUrl: here.databaseUrl });
  const random = createRandom(11);
  const sessionId = uniqueName("session");
  const runIds = [
    await createRun(here, { session: { sessionId } }),
    await createRun(here, { session: { sessionId } }),
  ];
  const client = here.connect();
  const seen = { session: [] as number[], runs: new Map(runIds.map((id) => [id, [] as number[]])) };
  const following = [
    ...runIds.map(async (runId) => {
      for await (const { events } of followRun(client, { runId }))
        seen.runs.get(runId)?.push(...events.map(({ seq }) => seq));
    }),
    // Others of the same logs, that ask for less.
    ...runIds.map(async (runId) => {
      for await (const { events } of followRun(client, { runId, types: ["TERMINAL_STATUS"] }))
        if (events.length > 0) return;
    }),
  ];
  const session = followSession(client, { session: { sessionId } });
  void (async () => {
    for await (const { events } of session)
      seen.session.push(...events.map(({ sessionSeq }) => sessionSeq ?? 0));
  })();

  let last = 0;
  const write = async () => {
    const node = random.chance(0.75) ? here : there;
    const runId = random.pick(runIds);
    if (random.chance(0.1)) await createCommand(node, runId);
    else
      await append(
        node,
        runId,
        Array.from({ length: 1 + random.below(3) }, () => "text"),
      );
  };
  for (let turn = 0; turn < 60; turn += 1) {
    await Promise.all(Array.from({ length: 1 + random.below(6) }, write));
    for (let turns = random.below(200); turns > 0; turns -= 1) await setImmediate();
    if (turn % 10 !== 9) continue;
    const stored = await Promise.all(runIds.map((id) => readEvents(here, id)));
    last = stored.reduce((sum, events) => sum + events.length, 0);
    await expect.poll(() => seen.session.at(-1)).toBe(last);
    await expect
      .poll(() => runIds.map((id) => seen.runs.get(id)?.length))
      .toEqual(stored.map((events) => events.length));
  }
  for (const runId of runIds) await finishRun(random.pick([here, there]), runId);
  await Promise.all(following);
  for (const seqs of seen.runs.values()) expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  await expect.poll(() => seen.session.length).toBeGreaterThan(last);
  expect(seen.session).toEqual(seen.session.map((_, index) => index + 1));
  await client.dispose();
});
