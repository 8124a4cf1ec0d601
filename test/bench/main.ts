/*
 * npm run bench [-- append | pages | follow ...]: how fast the service is beside the least that can do the same, both in one
 * run on one database. Ratios compare between machines, rates do not.
 */
import { benchAppend } from "./append.js";
import { openBench } from "./bench.js";
import { printLine } from "./comparison.js";
import { benchFollow } from "./follow.js";
import { benchPages } from "./pages.js";

const benches = { append: benchAppend, pages: benchPages, follow: benchFollow };

const all = Object.keys(benches) as (keyof typeof benches)[];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(", ")}: choose from ${all.join(", ")}\n`);
  process.exit(1);
}

const bench = await openBench();
try {
  process.stdout.write(`${bench.machine}\n`);
  printLine("", "service", "floor", "ratio");
  for (const name of all) if (wanted.length === 0 || wanted.includes(name)) await benches[name](bench);
} finally {
  await bench.close();
}
