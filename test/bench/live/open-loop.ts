import { createHistogram } from "node:perf_hooks";
import { appendBody } from "../operations.js";
import type { CallerPool } from "./caller-pool.js";
import type { Crowd } from "./crowd.js";
import { composeEvent } from "./message.js";

/** Events at a steady pace, whether or not the service keeps up. */
export interface Pace {
  /** Appended to in turn. */
  runIds: readonly string[];
  followersPerRun: number;
  eventsPerSecond: number;
  eventsPerCall: number;
  durationMs: number;
}

/** The time from when an append was due to its events' receipt, over every follower. */
export interface Latency {
  p50Ms: number;
  p99Ms: number;
  /** How many events every second had reached all of their followers: below the pace where the machine could not keep it. */
  eventsPerSecond: number;
}

/** What is sent in this time, in milliseconds, is not counted. */
const warmUpMs = 500;

/** How long is waited for what is still under way at the end, in milliseconds. */
const drainMs = 10_000;

/** Appends at a pace, and notes when each follower has each event. What has not come at the end counts as not received. */
export async function runOpenLoop(crowd: Crowd, callers: CallerPool, pace: Pace): Promise<Latency> {
  const { runIds, followersPerRun, eventsPerSecond, eventsPerCall, durationMs } = pace;
  const latenciesUs = createHistogram();
  const calls = Math.round(((durationMs / 1000) * eventsPerSecond) / eventsPerCall);
  const expected = calls * eventsPerCall * followersPerRun;
  const start = performance.now();
  let received = 0;
  let lastAt = start;
  const allReceived = new Promise<void>((resolve) => {
    crowd.take = (_receiver, sentAtMs) => {
      lastAt = performance.now();
      received += sentAtMs.length;
      for (const at of sentAtMs) {
        if (at >= start + warmUpMs) latenciesUs.record(Math.max(1, Math.round((lastAt - at) * 1000)));
      }
      if (received === expected) resolve();
    };
  });
  const send = async () => {
    const answers: Promise<unknown>[] = [];
    while (answers.length < calls) {
      const dueAt = start + (answers.length * eventsPerCall * 1000) / eventsPerSecond;
      const leftMs = dueAt - performance.now();
      if (leftMs > 0) await new Promise((resolve) => void setTimeout(resolve, leftMs));
      const events = Array.from({ length: eventsPerCall }, () => composeEvent(dueAt));
      const runId = runIds[answers.length % runIds.length] ?? "";
      const answer = callers.call(appendBody(runId, events));
      answer.catch(() => {});
      answers.push(answer);
    }
    await Promise.all(answers);
    await allReceived;
  };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => (timer = setTimeout(resolve, durationMs + drainMs)));
  await Promise.race([send(), tooLate, crowd.lost]);
  clearTimeout(timer);
  crowd.take = () => {};
  return {
    p50Ms: latenciesUs.percentile(50) / 1000,
    p99Ms: latenciesUs.percentile(99) / 1000,
    eventsPerSecond: (received / followersPerRun / (lastAt - start)) * 1000,
  };
}
