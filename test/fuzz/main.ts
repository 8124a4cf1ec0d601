/*
 * npm run fuzz [-- --documents 10000 --seed N --concurrency 4]: sends so many random documents that fit the schema and as many
 * broken ones to a service of its own, and prints what came of it. Fails if anything was a fault of the service.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { openBenchDatabase } from "../bench/database.js";
import type { Memory } from "../bench/server-process.js";
import type { Exchange } from "./exchange.js";
import { printFault, printFigures, printLine } from "./report.js";
import { fuzz } from "./run.js";
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
let faults = 0;
const tellMemory = (when: string, { resident, heap }: Memory) => {
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
      if (exchange.fault === null) return;
      faults += 1;
      printFault(exchange);
    },
    onQuarter: async (quarter) => tellMemory(`${quarter}/4`, await service.ask("readMemory")),
  });
  printFigures(sent, await service.ask("readFigures"));
} finally {
  await service.close();
  await database.close();
}
printLine(faults === 0 ? "no fault" : `${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
