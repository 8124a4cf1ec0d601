/*
 * npm run bench [-- NAME ...]: how fast the service is beside the least that can do the same, both in one run on one machine. Ratios
 * compare between machines, rates do not. With --write, what was found is drawn and written to results/RESULTS.md. Those
 * that stand alone have nothing beside them; all but `redaction` make a database of their own, which takes minutes, and are
 * measured only if they are named, as `peers` is, which has packages of its own. With --scale N, what a tenant of N sessions costs
 * Postgres is printed, of the cases whose names match --only.
 */
import { parseArgs } from "node:util";
import { benchAppend } from "./append.js";
import { benchAsked } from "./asked.js";
import { type Bench, openGround } from "./bench.js";
import { printLine } from "./comparison.js";
import { benchDeltas } from "./deltas.js";
import { benchEdits } from "./edits.js";
import { benchFeed } from "./feed.js";
import { benchIdle } from "./idle.js";
import { measureLive } from "./live/live.js";
import { sectionOfLive } from "./live/section.js";
import { benchMarks } from "./marks.js";
import { benchPage } from "./page.js";
import { benchPages } from "./pages.js";
import { missingPeers } from "./peer-server.js";
import { benchPeers, sectionOfPeers } from "./peers.js";
import { benchRedaction } from "./redaction.js";
import { sectionOfRatios } from "./results/ratios.js";
import { writeSection } from "./results/results.js";
import { benchScale } from "./scale/scale.js";
import { benchSearch } from "./search/search.js";
import { benchTrees } from "./trees.js";
import { benchWrites } from "./writes.js";

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: "boolean", default: false },
    scale: { type: "string" },
    only: { type: "string", default: "" },
  },
});

/** What is measured beside a floor or peers, with what is written of it. What leaves other rows behind comes last. */
const benches = {
  pages: async (bench: Bench) =>
    sectionOfRatios({ name: "pages", title: "Reading", floor: "the floor" }, await benchPages(bench)),
  peers: async (bench: Bench) => sectionOfPeers(await benchPeers(bench)),
  append: async (bench: Bench) =>
    sectionOfRatios({ name: "append", title: "Appending", floor: "bare inserts" }, await benchAppend(bench)),
  live: async (bench: Bench) => sectionOfLive(await measureLive(bench)),
  writes: async (bench: Bench) =>
    sectionOfRatios(
      { name: "writes", title: "Beginning and asking", floor: "one row's versions" },
      await benchWrites(bench),
    ),
};

const all = Object.keys(benches) as (keyof typeof benches)[];
const isAsked = (name: keyof typeof benches) => (names.length > 0 ? names.includes(name) : name !== "peers");
const alone = {
  idle: benchIdle,
  search: benchSearch,
  asked: benchAsked,
  trees: benchTrees,
  page: benchPage,
  edits: benchEdits,
  feed: benchFeed,
  marks: benchMarks,
  deltas: benchDeltas,
};
const known = ["redaction", ...all, ...Object.keys(alone)];
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(", ")}: choose from ${known.join(", ")}\n`);
  process.exit(1);
}

const missing = isAsked("peers") ? missingPeers() : undefined;
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exit(1);
}

if (flags.scale !== undefined) {
  await benchScale(Number(flags.scale), new RegExp(flags.only), flags.write);
  if (names.length === 0) process.exit();
}

if (names.length === 0 || names.includes("redaction")) benchRedaction();
for (const [name, bench] of Object.entries(alone)) if (names.includes(name)) await bench();
if (names.length > 0 && !names.some((name) => Object.hasOwn(benches, name))) process.exit();

const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => reject(new Error(`ended by ${signal}`)));
  }
});
interrupted.catch(() => {});

const ground = await openGround();
const measure = async () => {
  process.stdout.write(`${ground.machine}\n`);
  if (all.some((name) => name !== "peers" && isAsked(name))) printLine("", "service", "floor", "ratio");
  for (const name of all) {
    if (!isAsked(name)) continue;
    await ground.run(async (bench) => {
      const section = await benches[name](bench);
      if (flags.write) await writeSection(section, ground.machine);
    });
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
