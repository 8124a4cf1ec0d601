import { readFileSync } from "node:fs";

/** How often it is looked whether the event loop turns, in milliseconds. */
const lookMs = 5;

/** A time in which the event loop did not turn. */
export interface Stall {
  /** How long it was by the clock, and how long of that this thread ran, in milliseconds: it waits while others have the machine. */
  wallMs: number;
  cpuMs: number;
  /** When it ended, by `Date.now()`. */
  at: number;
}

/** How many of the longest are kept. */
const most = 200;

/** Watches the event loop of this process from now on, and gives the longest stalls, those with the most CPU time first. */
export function watchStalls(): () => Stall[] {
  let stalls: Stall[] = [];
  let lastAt = performance.now();
  let lastCpu = threadCpuMs();
  setInterval(() => {
    const [at, cpu] = [performance.now(), threadCpuMs()];
    const wallMs = at - lastAt - lookMs;
    if (wallMs > 20) stalls.push({ wallMs, cpuMs: Math.min(cpu - lastCpu, wallMs), at: Date.now() });
    if (stalls.length > most * 2) stalls = longest(stalls);
    lastAt = at;
    lastCpu = cpu;
  }, lookMs);
  return () => longest(stalls);
}

function longest(stalls: readonly Stall[]): Stall[] {
  return stalls.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, most);
}

/** What the main thread has run, in milliseconds. Linux tells it of the thread; elsewhere that of the process stands for it. */
function threadCpuMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
}
