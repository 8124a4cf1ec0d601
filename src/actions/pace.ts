import { setImmediate } from "node:timers/promises";

/** How long one piece of work may hold the event loop. */
const holdMs = 10;

/** How much of that the first piece has used: before it, in the same turn, the request was parsed, checked and coerced. */
const usedMs = 8;

/**
 * Makes a function that is called between the steps of a long piece of work. It lets others run once the work has held the
 * event loop for 10 ms, and else gives nothing to wait for.
 */
export function createPace(): () => Promise<void> | undefined {
  let since = performance.now() - usedMs;
  const rest = async () => {
    await setImmediate();
    since = performance.now();
  };
  return () => (performance.now() - since < holdMs ? undefined : rest());
}
