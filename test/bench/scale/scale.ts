import { openPool } from "../../../src/database/pool.js";
import { machineWith } from "../bench.js";
import { whole } from "../comparison.js";
import { openBenchDatabase } from "../database.js";
import { composeTable, writeSection } from "../results/results.js";
import { scaleCases } from "./cases.js";
import { type Figure, explain } from "./explain.js";
import { keptCases } from "./kept-cases.js";
import { fillScale } from "./fill.js";

/** What was found of each case, by its name. */
interface Figures {
  figures: Map<string, Figure>;
  machine: string;
}

/**
 * Prints what each page, filter and count costs Postgres in a tenant of so many sessions, and how that has grown from a hundredth of
 * them; writes it to the page of results as well if `isWritten`.
 */
export async function benchScale(sessions: number, only: RegExp, isWritten: boolean): Promise<void> {
  const small = await measure(Math.max(1_000, Math.round(sessions / 100)), only);
  const large = await measure(sessions, only);
  const rows = [...large.figures].map(([name, { ms, blocks }]) => {
    const growth = blocks / Math.max(1, small.figures.get(name)?.blocks ?? blocks);
    return [name, ms.toFixed(2), String(blocks), growth.toFixed(1)] as const;
  });
  process.stdout.write(`${sessions} sessions${" ".repeat(47)}      ms   blocks   growth of blocks\n`);
  for (const [name, ms, blocks, growth] of rows)
    process.stdout.write(`${name.padEnd(60)}${ms.padStart(10)}${blocks.padStart(9)}${growth.padStart(10)}\n`);
  if (!isWritten) return;
  const title = `A tenant of ${whole(sessions)} sessions`;
  const table = composeTable(["in Postgres", "ms", "blocks of 8 KiB", "growth of the blocks"], rows);
  await writeSection({ name: "scale", title, parts: [table], graphs: {} }, large.machine);
}

async function measure(sessions: number, only: RegExp): Promise<Figures> {
  const database = await openBenchDatabase();
  const settings = { statement_timeout: "1min" };
  const pool = openPool({
    connectionString: database.url,
    connections: 2,
    settings,
    answerMs: 3_600_000,
    onError: () => {},
  });
  try {
    await fillScale(pool, sessions);
    const figures = new Map<string, Figure>();
    for (const each of [...(await scaleCases(pool, sessions)), ...keptCases(pool)]) {
      if (!only.test(each.name)) continue;
      await each.prepare?.();
      figures.set(each.name, await explain(pool, each, 3));
    }
    return { figures, machine: machineWith(database) };
  } finally {
    await pool.end();
    await database.close();
  }
}
