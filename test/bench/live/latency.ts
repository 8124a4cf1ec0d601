import type { Bench } from "../bench.js";
import { printLine, roundMs, whole } from "../comparison.js";
import { idOf } from "../rows.js";
import type { Latency } from "./open-loop.js";

/** Who follows: some runs with as many followers each, spread over sockets. */
export interface Audience {
  what: string;
  runs: number;
  followersPerRun: number;
  /** Subscriptions on one socket. */
  runsPerSocket: number;
}

/** What came out for one audience at one pace. */
export interface LatencyFigures extends Latency {
  audience: Audience;
  /** What was asked for; `eventsPerSecond` is what was reached. */
  pace: number;
}

const audiences: Audience[] = [
  { what: "1 run, 100 followers", runs: 1, followersPerRun: 100, runsPerSocket: 1 },
  { what: "1,000 runs, 3 followers each", runs: 1_000, followersPerRun: 3, runsPerSocket: 100 },
];

/** The fastest comes in calls of several events, as a recorder with much to tell sends them. */
const paces = [
  { eventsPerSecond: 100, eventsPerCall: 1 },
  { eventsPerSecond: 1_000, eventsPerCall: 1 },
  { eventsPerSecond: 5_000, eventsPerCall: 10 },
];

const warmUp = { eventsPerSecond: 500, eventsPerCall: 1 };

/** From the moment an append over HTTP is due to its receipt over WebSocket, by each follower. */
export async function measureLatency({ service: { url }, load }: Bench): Promise<LatencyFigures[]> {
  // Each has runs of its own, since followers begin with all that is stored.
  let firstRun = 8_000;
  const measure = async (audience: Audience, pace: (typeof paces)[number]): Promise<LatencyFigures> => {
    const { runs, followersPerRun, runsPerSocket } = audience;
    const runIds = Array.from({ length: runs }, (_, index) => idOf("run", firstRun + index));
    firstRun += runs;
    const sockets = Array.from({ length: followersPerRun }, () => slice(runIds, runsPerSocket)).flat();
    await load.ask("open", { url, sockets });
    const latency = await load.ask("pace", {
      url,
      runIds,
      followersPerRun,
      ...pace,
      durationMs: roundMs * 3,
    });
    await load.ask("close", url);
    return { ...latency, audience, pace: pace.eventsPerSecond };
  };
  const all: LatencyFigures[] = [];
  for (const audience of audiences) {
    // Not counted: code that has not run yet is slow.
    await measure(audience, warmUp);
    for (const pace of paces) {
      const figures = await measure(audience, pace);
      print(figures);
      all.push(figures);
    }
  }
  return all;
}

/** Whether what was asked for was reached. */
export function isKept({ pace, eventsPerSecond }: LatencyFigures): boolean {
  return eventsPerSecond > pace * 0.95;
}

function print(figures: LatencyFigures): void {
  const { audience, pace, eventsPerSecond, p50Ms, p99Ms } = figures;
  const reached = isKept(figures) ? "" : `  reached ${whole(eventsPerSecond)} events/s`;
  const what = `${audience.what}, ${whole(pace)} events/s`;
  printLine(what, `p50 ${p50Ms.toFixed(1)} ms`, `p99 ${p99Ms.toFixed(1)} ms`, reached);
}

function slice(runIds: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(runIds.length / size) }, (_, index) =>
    runIds.slice(index * size, (index + 1) * size),
  );
}
