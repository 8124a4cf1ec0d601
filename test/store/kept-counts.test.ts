import { afterAll, beforeAll, expect, it } from "vitest";
import { onlyLabelOf } from "../../src/store/inbox/list.js";
import { compareKept, keptFilters } from "../support/kept-counts.js";
import { type Changing, changeSomething, createRoot } from "../support/kept-writers.js";
import { countDeadlocks } from "../support/deadlocks.js";
import { openNode } from "../support/node.js";
import { createRandom } from "../support/random.js";
import { type TestService, startService } from "../support/start-service.js";

/** `KEPT_OPERATIONS` goes on for longer. */
const operations = Number(process.env["KEPT_OPERATIONS"] ?? 60);
/** So often bases are compared with the rows, at least, while the writers write. */
const comparisons = 20;
const writers = 8;
const readers = ["ada", "bob", "cleo"];
const projects = ["red", "blue"];
const profiles = ["codex", "claude"];
const filters = keptFilters(projects, profiles);

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

it(
  "kept counts are what the rows say in every snapshot, whoever writes, marks, moves bases and sweeps",
  async () => {
    const node = openNode(service, "kept");
    const ids: string[] = [];
    const worldOf = (seed: number): Changing => ({
      store: node,
      random: createRandom(seed),
      readers,
      projects,
      profiles,
      ids,
    });
    const first = worldOf(99);
    await node.pool.query("INSERT INTO tenant (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING", [
      node.tenantId,
    ]);
    for (let root = 0; root < 30; root += 1) await createRoot(first);
    let isOver = false;
    const faults: string[] = [];
    let compared = 0;
    let labelled = 0;
    const write = async (seed: number) => {
      const world = worldOf(seed);
      for (
        let done = 0;
        faults.length === 0 && (done < operations || compared < comparisons || labelled <= comparisons);
        done += 1
      )
        await changeSomething(world, node.pool);
    };
    const check = async (seed: number) => {
      const random = createRandom(seed);
      while (!isOver && faults.length < 3) {
        const reader = random.pick([...readers, null]);
        const some = filters.filter(() => random.chance(0.2));
        const result = await compareKept(node.pool, node.tenantId, some.length > 0 ? some : filters, reader);
        if (typeof result === "string") faults.push(result);
        if (typeof result === "number") compared += 1;
        const ofLabels = await compareKept(node.pool, node.tenantId, filters.filter(onlyLabelOf), reader);
        if (typeof ofLabels === "string") faults.push(ofLabels);
        if (typeof ofLabels === "number") labelled += ofLabels;
      }
    };
    const checks = [check(1), check(2)];
    await Promise.all(Array.from({ length: writers }, (_, n) => write(n + 10)));
    isOver = true;
    await Promise.all(checks);
    expect(faults).toEqual([]);
    expect(labelled).toBeGreaterThan(comparisons);
    for (const reader of [...readers, null])
      expect(await compareKept(node.pool, node.tenantId, filters, reader)).not.toBeTypeOf("string");
    // What a connection has counted is known for certain once it has ended.
    await node.pool.end();
    expect(await countDeadlocks(service)).toBe(0);
  },
  60_000 + operations * 1_000,
);
