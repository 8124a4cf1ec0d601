import type { NewEvent } from "../../src/store/event-log/event-batch.js";
import { EventAppender } from "../../src/store/event-log/appender.js";
import { FreshEvents } from "../../src/store/event-log/fresh-events.js";
import { Share, Shares } from "../../src/store/share.js";
import { createTenantClient } from "../../src/store/statement.js";
import type { Bench } from "./bench.js";
import type { Transport } from "./caller.js";
import { type Comparison, type Figure, type Side, compare } from "./comparison.js";
import { expectEqual } from "./equality.js";
import { insertBare } from "./floor.js";
import { appendBody } from "./operations.js";
import { idOf, tenantId } from "./rows.js";
import type { ServerProcess } from "./server-process.js";
import { withoutFeeder } from "./without-feeder.js";

/** Each caller appends to a run of its own, from this one on. */
const firstRun = 2;
const mostCallers = 64;

/** What differs by a few in a hundred takes many rounds to be seen: two of them may differ by ten. */
const usageRounds = 41;

/**
 * Appending: each caller to a run of its own, against bare inserts of the same rows that check and order nothing. What it costs to
 * add up what was used is measured against the same without: the floor of those lines is the service too.
 */
export async function benchAppend(bench: Bench): Promise<Figure[]> {
  await setRunning(bench, true);
  const figures: Figure[] = [
    await compareCalls(bench, { callers: 16, events: 1, over: "HTTP" }),
    await compareCalls(bench, { callers: mostCallers, events: 1, over: "HTTP", target: 0.8 }),
    await compareCalls(bench, { callers: mostCallers, events: 1, over: "WebSocket" }),
    await compareCalls(bench, { callers: 16, events: 100, over: "HTTP", target: 0.8 }),
  ];
  // Last, since what is appended here waits to be indexed until it is over: what runs in this process alone is compared without others.
  const client = await bench.pool.connect();
  try {
    await withoutFeeder(client, async () => {
      figures.push(
        { ...(await compareStores(bench, mostCallers)), target: 2 },
        { ...(await compareUsageCalls(bench, 16)), target: 0.95 },
        { ...(await compareUsageInStore(bench, mostCallers)), target: 0.95 },
      );
    });
  } finally {
    client.release();
  }
  // What other benches read of them is as it was.
  await setRunning(bench, false);
  return figures;
}

const usage = {
  type: "USAGE" as const,
  payload: {
    model: "sample-large",
    inputTokens: 9_120,
    cacheReadTokens: 8_192,
    outputTokens: 410,
    requests: 1,
    costUsd: 0.0213,
  },
};

function toolCall(index: number) {
  const input = { command: "npm test -- --reporter dot", timeout: 120_000 };
  const output = `${index + 40} passed, 0 failed in 3.2 s`;
  const toolCallId = `toolu_01A09q90qw90lq91783${index}`;
  return {
    type: "TOOL_CALL" as const,
    payload: { toolCallId, name: "Bash", input, output, status: "completed" },
  };
}

/** Nine events of a turn, in the shapes and lengths that agents' own records have on average: see test/samples. */
const turn = [
  {
    type: "REASONING" as const,
    payload: { text: "The test waits for a fixed time. I look for what it should wait for instead." },
  },
  eventOf(0),
  ...[1, 2, 3, 4, 5, 6].map(toolCall),
  eventOf(7),
];

/** Ten events a call, of which one is a USAGE on one side, and one more tool call on the other. */
async function compareUsageCalls({ load, service }: Bench, callers: number): Promise<Comparison> {
  const runs = Array.from({ length: callers }, (_, index) => index + firstRun);
  const without = [...turn, toolCall(8)];
  const withUsage = [...turn, usage];
  const measure = (events: Parameters<typeof appendBody>[1]) => async (durationMs: number) => {
    const bodies = runs.map((number) => appendBody(idOf("run", number), events));
    const side = { url: service.url, over: "HTTP" as const, bodies, durationMs };
    return (await load.ask("call", side)).callsPerSecond * 10;
  };
  return compare(
    `one USAGE in 10 events, ${callers} callers`,
    "events/s",
    { measure: measure(withUsage), readCpu: service.readCpu },
    { measure: measure(without), readCpu: service.readCpu },
    usageRounds,
  );
}

/** One event a call in this process, every tenth of which is a USAGE on one side, and one more tool call on the other. */
async function compareUsageInStore({ pool }: Bench, callers: number): Promise<Comparison> {
  const appender = appenderOf(pool);
  const ready = (events: Omit<NewEvent, "redactionCount">[]) =>
    events.map((event): NewEvent => ({ ...event, redactionCount: 0 }));
  let calls = 0;
  const append = (events: NewEvent[]) => (number: number) =>
    appender.append({
      runId: idOf("run", number),
      events: [events[(calls += 1) % events.length] as NewEvent],
      writer: { leaseTokenHash: null, operator: true },
      idempotency: null,
    });
  return compare(
    `one USAGE in 10 in the store, ${callers} callers, 1 event`,
    "events/s",
    { measure: repeat(callers, append(ready([...turn, usage]))) },
    { measure: repeat(callers, append(ready([...turn, toolCall(8)]))) },
    usageRounds,
  );
}

function appenderOf(pool: Bench["pool"]): EventAppender {
  return new EventAppender(
    createTenantClient(pool, tenantId),
    new Share(new Shares(pool.options.max)),
    new FreshEvents(),
    () => {},
  );
}

/** Events come from work that goes on: of a session at rest each append would move the place in the list, which costs more. */
async function setRunning({ pool }: Bench, isRunning: boolean): Promise<void> {
  const state = isRunning
    ? "execution_state = 'RUNNING', terminal_status = NULL, reason = 'WORKING', active = true"
    : "execution_state = 'TERMINAL', terminal_status = 'COMPLETED', reason = 'FINISHED', active = false";
  await pool.query(`UPDATE session SET ${state} WHERE tenant_id = $1 AND id BETWEEN $2 AND $3`, [
    tenantId,
    idOf("ses", firstRun),
    idOf("ses", firstRun + mostCallers - 1),
  ]);
}

async function compareCalls(
  { load, service, floor }: Bench,
  { callers, events, over, target }: { callers: number; events: number; over: Transport; target?: number },
): Promise<Figure> {
  const runs = Array.from({ length: callers }, (_, index) => index + firstRun);
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
  const [ownBody = "", leastBody = ""] = [ours.bodies[0], least.bodies[0]];
  await expectEqual(load, { url: ours.url, body: ownBody }, { url: least.url, body: leastBody });
  const sideOf = (job: typeof ours | typeof least, { readCpu }: ServerProcess): Side => ({
    readCpu,
    measure: async (durationMs) => (await load.ask("call", { ...job, durationMs })).callsPerSecond * events,
  });
  const each = events === 1 ? "1 event" : `${events} events`;
  const comparison = await compare(
    `append over ${over}, ${callers} callers, ${each} a call`,
    "events/s",
    sideOf(ours, service),
    sideOf(least, floor),
  );
  return { ...comparison, target };
}

/** In this process, without HTTP: what the appender's merging gains. */
async function compareStores({ pool }: Bench, callers: number): Promise<Comparison> {
  const appender = appenderOf(pool);
  const writer = { leaseTokenHash: null, operator: true };
  const event = { ...eventOf(0), redactionCount: 0 };
  const append = (number: number) =>
    appender.append({ runId: idOf("run", number), events: [event], writer, idempotency: null });
  return compare(
    `append in the store, ${callers} callers, 1 event`,
    "events/s",
    { measure: repeat(callers, append) },
    { measure: repeat(callers, (number) => insertBare(pool, number, [event])) },
  );
}

function repeat(callers: number, act: (number: number) => Promise<unknown>) {
  return async (durationMs: number): Promise<number> => {
    const start = performance.now();
    let count = 0;
    await Promise.all(
      Array.from({ length: callers }, async (_, index) => {
        while (performance.now() - start < durationMs) {
          await act(index + firstRun);
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
