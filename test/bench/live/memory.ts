import type { Bench } from "../bench.js";
import { printLine, whole } from "../comparison.js";
import { idOf } from "../rows.js";
import type { ServerProcess } from "../server-process.js";

/** How many subscribers wait, with nothing to receive. */
export const idleSubscribers = 5_000;

/** How many come and go first, this often, so that what is made once is there. */
const warmUp = { subscribers: 300, times: 5 };

/** KiB for each subscriber: of resident memory, and of that in live JavaScript objects. */
export interface MemoryFigures {
  service: { residentKiB: number; heapKiB: number };
  bare: { residentKiB: number; heapKiB: number };
}

/** What an idle subscriber of a run costs that has caught up, beside an idle socket of a bare `ws` server. */
export async function measureMemory({ service, load }: Bench, bare: ServerProcess): Promise<MemoryFigures> {
  const measure = async (server: ServerProcess, runIds: readonly string[]) => {
    const open = (count: number) =>
      load.ask("open", { url: server.url, sockets: Array.from({ length: count }, () => runIds) });
    for (let time = 0; time < warmUp.times; time += 1) {
      await open(warmUp.subscribers);
      await load.ask("close", server.url);
    }
    const before = await server.readMemory();
    await open(idleSubscribers);
    const after = await server.readMemory();
    await load.ask("close", server.url);
    const each = (bytes: number) => bytes / idleSubscribers / 1024;
    return { residentKiB: each(after.resident - before.resident), heapKiB: each(after.heap - before.heap) };
  };
  const figures = { service: await measure(service, [idOf("run", 1_001)]), bare: await measure(bare, []) };
  print(
    `memory of ${whole(idleSubscribers)} idle subscribers, each`,
    figures.service.residentKiB,
    figures.bare.residentKiB,
  );
  print("  its JavaScript objects", figures.service.heapKiB, figures.bare.heapKiB);
  return figures;
}

function print(what: string, serviceKiB: number, bareKiB: number): void {
  const ratio = (serviceKiB / bareKiB).toFixed(2);
  printLine(what, `${serviceKiB.toFixed(1)} KiB`, `${bareKiB.toFixed(1)} KiB`, ratio);
}
