import { setTimeout as delay } from "node:timers/promises";
import { send } from "../ask.js";
import { appendBody } from "../operations.js";
import { idOf } from "../rows.js";
import { askFor } from "./queries.js";
import { printTimes } from "./print.js";

/** How many words are looked for, one after another, and how long the load has run before the first, in milliseconds. */
const looked = 15;
const warmUpMs = 3_000;

/** How long passes between two looks for a word, in milliseconds: looking takes a part of the machine too. */
const everyMs = 100;

/** The load: calls a second of so many events each. */
const callsPerSecond = 100;
const eventsPerCall = 10;

/** Prints how long after its append a word is found, while 1,000 events a second come. */
export async function measureLag(url: string): Promise<void> {
  const append = async (run: number, texts: readonly string[]) => {
    const events = texts.map((text) => ({ type: "ASSISTANT_MESSAGE" as const, payload: { text } }));
    await send(url, appendBody(idOf("run", run), events));
  };
  const loading = new AbortController();
  const load = async () => {
    const begunAt = performance.now();
    const calls = new Set<Promise<void>>();
    for (let call = 0; !loading.signal.aborted; call += 1) {
      const texts = Array.from(
        { length: eventsPerCall },
        (_, n) => `wrote src/store/part${call % 997}/${n}.ts`,
      );
      const answer = append(2 + (call % 200), texts);
      calls.add(answer);
      void answer.finally(() => calls.delete(answer));
      await delay(Math.max(0, begunAt + (call * 1_000) / callsPerSecond - performance.now()));
    }
    await Promise.all(calls);
  };
  const loaded = load();
  await delay(warmUpMs);
  const took: number[] = [];
  for (let word = 0; word < looked; word += 1) {
    const begunAt = performance.now();
    await append(300 + word, [`freshword${word}x`]);
    while ((await askFor(url, `freshword${word}x`)).length === 0) await delay(everyMs);
    took.push(performance.now() - begunAt);
  }
  loading.abort();
  await loaded;
  printTimes(`from an append until it is found, at ${callsPerSecond * eventsPerCall} events/s`, took);
}
