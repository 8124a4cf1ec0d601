/*
 * npm run storm [-- --seconds 180 --writers 64 --seed N]: lets mixed writers loose on three nodes that share one Postgres,
 * while nodes are paused, connections swallow what goes over them and a tenant's row is locked from outside. Fails if a write
 * that was acknowledged is lost, or if what is stored breaks a rule. Prints how long other tenants waited.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { openBenchDatabase } from "../bench/database.js";
import { count, measureApart } from "./figures.js";
import { sizeOf } from "./ledger.js";
import { storm } from "./storm.js";
import { judge } from "./verdict.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "180" },
    writers: { type: "string", default: "64" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
for (const [name, text] of Object.entries(values)) {
  if (Number.isSafeInteger(Number(text)) && Number(text) >= 1) continue;
  process.stderr.write(`--${name} must be a whole number, at least 1\n`);
  process.exit(1);
}
const printLine = (text: string) => void process.stdout.write(`${text}\n`);
const [seconds, writers, seed] = [Number(values.seconds), Number(values.writers), Number(values.seed)];

printLine(`seed ${seed}: ${writers} writers for ${seconds} s`);
const database = await openBenchDatabase();
let faults: string[];
try {
  const result = await storm({
    databaseUrl: database.url,
    seed,
    writers,
    durationMs: seconds * 1_000,
    pauseMs: 90_000,
    timeoutMs: 3_000,
  });
  printLine(`${sizeOf(result.ledger)} writes were acknowledged, of ${result.tries.length} tries`);
  for (const [word, times] of [...count(result.tries.map(({ code }) => code)), ...count(result.faults)])
    printLine(`${String(times).padStart(8)}  ${word}`);
  const { count: tries, p50, p99, longest } = measureApart(result.tries);
  printLine(
    `a tenant apart, ${tries} tries: p50 ${p50} ms, p99 ${p99} ms (1,000 at most are asked for), longest ${longest} ms; load ${loadavg()[0]?.toFixed(1)}`,
  );
  faults = await judge(database.url, result);
} finally {
  await database.close();
}
for (const line of faults) printLine(`FAILED: ${line}`);
if (faults.length === 0) printLine("nothing is lost, and every rule holds");
process.exit(faults.length === 0 ? 0 : 1);
