import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { createRest } from "../../src/server/indexer.js";

/** Keeps this event loop from anything else. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it("the index of texts rests four times as long while its event loop is busy most of the time", async () => {
  const rest = createRest();
  await delay(200);
  expect(rest(10)).toBe(10);
  // An event loop counts its work turn by turn.
  for (let turn = 0; turn < 20; turn += 1) {
    work(10);
    await delay(0);
  }
  expect(rest(10)).toBe(40);
  await delay(200);
  expect(rest(10)).toBe(10);
});
