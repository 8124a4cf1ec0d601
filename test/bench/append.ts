import { EventAppender } from "../../src/store/event-log/appender.js";
import { createTenantClient } from "../../src/store/statement.js";
import type { Bench } from "./bench.js";
import type { Transport } from "./caller.js";
import { compare } from "./comparison.js";
import { insertBare } from "./floor.js";
import { appendBody } from "./operations.js";
import { idOf, tenantId } from "./rows.js";

/** Appending: each caller to a run of its own, against bare inserts of the same rows that check and order nothing. */
export async function benchAppend(bench: Bench): Promise<void> {
  await compareCalls(bench, { callers: 16, events: 1, over: "HTTP" });
  await compareCalls(bench, { callers: 64, events: 1, over: "HTTP" });
  await compareCalls(bench, { callers: 64, events: 1, over: "WebSocket" });
  await compareCalls(bench, { callers: 16, events: 100, over: "HTTP" });
  await compareStores(bench, 64);
}

async function compareCalls(
  { load, service, floor }: Bench,
  { callers, events, over }: { callers: number; events: number; over: Transport },
): Promise<void> {
  const runs = Array.from({ length: callers }, (_, index) => index + 2);
  const batch = Array.from({ length: events }, (_, index) => eventOf(index));
  const ours = {
    url: service.url,
    over,
    bodies: runs.map((number) => appendBody(idOf("run", number), batch)),
  };
  const least = {
    url: `${floor.url}/append`,
    over: "HTTP" as const,
    bodies: runs.map((number) => JSON.stringify({ number, events: batch })),
  };
  const measure = (side: { url: string; over: Transport; bodies: string[] }) => async (durationMs: number) =>
    (await load.ask("call", { ...side, durationMs })).callsPerSecond * events;
  const each = events === 1 ? "1 event" : `${events} events`;
  await compare(
    `append over ${over}, ${callers} callers, ${each} a call`,
    "events/s",
    measure(ours),
    measure(least),
  );
}

/** In this process, without HTTP: what the appender's merging gains. */
async function compareStores({ pool }: Bench, callers: number): Promise<void> {
  const appender = new EventAppender(createTenantClient(pool, tenantId), () => {});
  const writer = { service: true } as const;
  const event = { ...eventOf(0), redactionCount: 0 };
  const append = (number: number) =>
    appender.append({ runId: idOf("run", number), events: [event], writer, idempotency: null });
  await compare(
    `append in the store, ${callers} callers, 1 event`,
    "events/s",
    repeat(callers, append),
    repeat(callers, (number) => insertBare(pool, number, [event])),
  );
}

function repeat(callers: number, act: (number: number) => Promise<unknown>) {
  return async (durationMs: number): Promise<number> => {
    const start = performance.now();
    let count = 0;
    await Promise.all(
      Array.from({ length: callers }, async (_, index) => {
        while (performance.now() - start < durationMs) {
          await act(index + 2);
          count += 1;
        }
      }),
    );
    return (count * 1000) / (performance.now() - start);
  };
}

function eventOf(index: number) {
  const text = `tests 47 passed, 0 failed in 3.2 s (${index}); the flaky one passes 50 times in a row`;
  return { type: "ASSISTANT_MESSAGE" as const, payload: { text } };
}
