/*
 * npm run bench [-- append | pages | live | redaction | idle | search | asked | trees | page ...]: how fast the service is beside
 * the least that can do the same, both in one run on one machine. Ratios compare between machines, rates do not. With --graphs, what
 * `live` found is drawn and written to the page beside this file. `redaction` needs no database; `idle`, `search`, `asked`, `trees`,
 * `page` and --scale make one of their own, which takes minutes: they are measured only if they are named. None of them has anything
 * beside it. With --scale N, what a tenant of N sessions costs Postgres is printed, of the cases whose names match --only.
 */
import { parseArgs } from "node:util";
import { benchAppend } from "./append.js";
import { benchAsked } from "./asked.js";
import { type Bench, openGround } from "./bench.js";
import { printLine } from "./comparison.js";
import { benchIdle } from "./idle.js";
import { measureLive } from "./live/live.js";
import { writePage } from "./live/page.js";
import { benchPage } from "./page.js";
import { benchPages } from "./pages.js";
import { benchRedaction } from "./redaction.js";
import { benchScale } from "./scale/scale.js";
import { benchSearch } from "./search/search.js";
import { benchTrees } from "./trees.js";

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    graphs: { type: "boolean", default: false },
    scale: { type: "string" },
    only: { type: "string", default: "" },
  },
});

const benchLive = async (bench: Bench, machine: string) => {
  const figures = await measureLive(bench);
  if (flags.graphs) await writePage(figures, machine);
};
const benches = { append: benchAppend, pages: benchPages, live: benchLive };

const all = Object.keys(benches) as (keyof typeof benches)[];
const alone = ["redaction", "idle", "search", "asked", "trees", "page"];
const unknown = names.filter((name) => !alone.includes(name) && !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(", ")}: choose from ${[...all, ...alone].join(", ")}\n`);
  process.exit(1);
}

if (flags.scale !== undefined) {
  await benchScale(Number(flags.scale), new RegExp(flags.only));
  if (names.length === 0) process.exit();
}

if (names.length === 0 || names.includes("redaction")) benchRedaction();
if (names.includes("idle")) await benchIdle();
if (names.includes("search")) await benchSearch();
if (names.includes("asked")) await benchAsked();
if (names.includes("trees")) await benchTrees();
if (names.includes("page")) await benchPage();
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
