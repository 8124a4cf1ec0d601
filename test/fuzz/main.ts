/*
 * npm run fuzz [-- --documents 10000 --seed N --concurrency 4]: sends so many random documents that fit the schema and as many
 * broken ones to a service of its own, and prints what came of it. Fails if anything was a fault of the service, or if it took too long or kept too much: see verdict.ts.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { openBenchDatabase } from "../bench/database.js";
import type { Memory } from "../bench/server-process.js";
import type { Exchange } from "./exchange.js";
import { printFault, printFigures, printLine } from "./report.js";
import { fuzz } from "./run.js";
import { verdictOf } from "./verdict.js";
import { openWatched } from "./watched.js";

const { values } = parseArgs({
  options: {
    documents: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    concurrency: { type: "string", default: "4" },
  },
});
const numbers = Object.entries(values).map(([name, text]) => [name, Number(text)] as const);
for (const [name, value] of numbers) {
  if (Number.isSafeInteger(value) && value >= 0) continue;
  process.stderr.write(`--${name} must be a whole number\n`);
  process.exit(1);
}
const [documents, seed, concurrency] = [values.documents, values.seed, values.concurrency].map(Number) as [
  number,
  number,
  number,
];

printLine(`seed ${seed}: ${documents} valid and ${documents} broken documents, ${concurrency} at a time`);
const database = await openBenchDatabase();
const service = openWatched();
const sent: Exchange[] = [];
const heaps: number[] = [];
let verdict: string[] = [];
const tellMemory = (when: string, { resident, heap }: Memory) => {
  heaps.push(heap);
  const mebibytes = (bytes: number) => `${Math.round(bytes / 1_048_576)} MiB`;
  printLine(
    `${when}: heap ${mebibytes(heap)}, resident ${mebibytes(resident)}, load ${loadavg()[0]?.toFixed(1)}`,
  );
};
try {
  const url = await service.ask("open", database.url);
  tellMemory("start", await service.ask("readMemory"));
  await fuzz({
    url,
    seed,
    documents,
    concurrency,
    onExchange: (exchange) => {
      // What it answered is not looked at again.
      sent.push({ ...exchange, answer: null });
      if (exchange.fault !== null) printFault(exchange);
    },
    onQuarter: async (quarter) => tellMemory(`${quarter}/4`, await service.ask("readMemory")),
  });
  const figures = await service.ask("readFigures");
  printFigures(sent, figures);
  verdict = verdictOf({ sent, heaps, ...figures });
} finally {
  await service.close();
  await database.close();
}
for (const line of verdict) printLine(`FAILED: ${line}`);
if (verdict.length === 0) printLine("no fault");
process.exit(verdict.length === 0 ? 0 : 1);
