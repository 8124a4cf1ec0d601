import type { Bench } from "../bench.js";
import { printLine } from "../comparison.js";
import { idOf } from "../rows.js";
import type { ServerProcess } from "../server-process.js";

/** How many subscribers wait, with nothing to receive. */
export const idleSubscribers = 5_000;

/** How many come and go first, this often, so that what is made once is there. */
const warmUp = { subscribers: 300, times: 5 };

/** KiB of the server's resident memory for each subscriber. */
export interface MemoryFigures {
  serviceKiB: number;
  bareKiB: number;
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
    const before = await server.residentBytes();
    await open(idleSubscribers);
    const after = await server.residentBytes();
    await load.ask("close", server.url);
    return (after - before) / idleSubscribers / 1024;
  };
  const serviceKiB = await measure(service, [idOf("run", 1_001)]);
  const bareKiB = await measure(bare, []);
  printLine(
    `memory of ${idleSubscribers.toLocaleString("en-US")} idle subscribers, each`,
    `${serviceKiB.toFixed(1)} KiB`,
    `${bareKiB.toFixed(1)} KiB`,
    (serviceKiB / bareKiB).toFixed(2),
  );
  return { serviceKiB, bareKiB };
}
