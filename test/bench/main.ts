/*
 * npm run bench [-- append | pages | live | redaction | idle | search | edits | deltas ...]: how fast the service is beside the least that can do the
 * same, both in one run on one machine. Ratios compare between machines, rates do not. With --graphs, what `live` found is
 * drawn and written to the page beside this file. `redaction` needs no database; the four behind it make one of their own,
 * which takes minutes: they are measured only if they are named. None of them has anything beside it.
 */
import { benchAppend } from "./append.js";
import { type Bench, openGround } from "./bench.js";
import { printLine } from "./comparison.js";
import { benchDeltas } from "./deltas.js";
import { benchEdits } from "./edits.js";
import { benchIdle } from "./idle.js";
import { measureLive } from "./live/live.js";
import { writePage } from "./live/page.js";
import { benchPages } from "./pages.js";
import { benchRedaction } from "./redaction.js";
import { benchSearch } from "./search/search.js";

const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith("-")));
const names = process.argv.slice(2).filter((word) => !word.startsWith("-"));

const benchLive = async (bench: Bench, machine: string) => {
  const figures = await measureLive(bench);
  if (flags.has("--graphs")) await writePage(figures, machine);
};
const benches = { append: benchAppend, pages: benchPages, live: benchLive };

const all = Object.keys(benches) as (keyof typeof benches)[];
const alone = ["redaction", "idle", "search", "edits", "deltas"];
const unknown = [
  ...names.filter((name) => !alone.includes(name) && !Object.hasOwn(benches, name)),
  ...[...flags].filter((flag) => flag !== "--graphs"),
];
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark ${unknown.join(", ")}: choose from ${[...all, ...alone].join(", ")}, and --graphs\n`,
  );
  process.exit(1);
}

if (names.length === 0 || names.includes("redaction")) benchRedaction();
if (names.includes("idle")) await benchIdle();
if (names.includes("search")) await benchSearch();
if (names.includes("edits")) await benchEdits();
if (names.includes("deltas")) await benchDeltas();
if (names.length > 0 && names.every((name) => alone.includes(name))) process.exit();

const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => reject(new Error(`ended by ${signal}`)));
  }
});
interrupted.catch(() => {});

const ground = await openGround();
const measure = async () => {
  process.stdout.write(`${ground.machine}\n`);
  printLine("", "service", "floor", "ratio");
  for (const name of all) {
    if (names.length > 0 && !names.includes(name)) continue;
    await ground.run((bench) => benches[name](bench, ground.machine));
  }
};
try {
  await Promise.race([measure(), interrupted]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
await ground.close();
process.exit();
