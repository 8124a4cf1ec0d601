import pg from "pg";
import type { Bench } from "./bench.js";
import { type Figure, type Side, compare } from "./comparison.js";
import type { Work } from "./load-process.js";

/** How many write at once, all of one tenant. */
const callers = 64;

/**
 * Beginning work and asking for it, against the least that gives a tenant's changes an order: a transaction that raises the number of one row,
 * each on a connection of its own.
 */
export async function benchWrites(bench: Bench): Promise<Figure[]> {
  const { databaseUrl, load, service } = bench;
  const bare = Array.from({ length: callers }, () => new pg.Client({ connectionString: databaseUrl }));
  for (const client of bare) await client.connect();
  await bench.pool.query("CREATE TABLE bare_version (version bigint); INSERT INTO bare_version VALUES (0)");
  const floor: Side = { measure: (durationMs) => raise(bare, durationMs) };
  const work = (what: Work): Side => ({
    readCpu: service.readCpu,
    measure: async (durationMs) =>
      (await load.ask("work", { url: service.url, what, callers, durationMs })).callsPerSecond,
  });
  const figures = [
    await compare(`createRun with a new session, ${callers} callers`, "calls/s", work("BEGIN"), floor),
    await compare(`createCommand, finishCommand, ${callers} callers`, "calls/s", work("ASK"), floor),
  ];
  for (const client of bare) await client.end();
  await bench.pool.query("DROP TABLE bare_version");
  return figures.map((figure) => ({ ...figure, target: undefined }));
}

/** How often the number was raised in a second. */
async function raise(clients: readonly pg.Client[], durationMs: number): Promise<number> {
  const start = performance.now();
  let raised = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - start < durationMs) {
        await client.query({ name: "raise", text: "UPDATE bare_version SET version = version + 1" });
        raised += 1;
      }
    }),
  );
  return (raised * 1_000) / (performance.now() - start);
}
