import { availableParallelism, cpus } from "node:os";
import type pg from "pg";
import { openPool } from "../../src/database/pool.js";
import { createLog } from "../../src/server/log.js";
import { socketTimes } from "../../src/server/config.js";
import { openService } from "../../src/server/open-service.js";
import { type BenchDatabase, openBenchDatabase } from "./database.js";
import { type Floor, openFloor } from "./floor.js";
import { type Load, openLoad } from "./load.js";
import { fillRows } from "./rows.js";

/** How many connections each side has to the database. */
const connections = 16;

/** The service, the floor beside it on the same database, and what makes the load. */
export interface Bench {
  serviceUrl: string;
  floor: Floor;
  pool: pg.Pool;
  load: Load;
  /** The machine and the versions, in one line. */
  machine: string;
  close(): Promise<void>;
}

/** Opens everything; whatever fails, nothing is left. */
export async function openBench(): Promise<Bench> {
  const database: BenchDatabase = await openBenchDatabase();
  const closers = [() => database.close()];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const pool = openPool({ connectionString: database.url, connections, onError: () => {} });
    closers.push(() => pool.end());
    await fillRows(pool);
    const service = await openService(
      {
        host: "127.0.0.1",
        port: 0,
        database: { kind: "url", url: database.url },
        connections,
        bus: { kind: "postgres" },
        auth: { kind: "none" },
        corsOrigins: [],
        backends: [],
        retentionDays: null,
        logLevel: "error",
        socketsPerViewer: 10_000,
        sweepMs: 1_000,
        socketTimes,
      },
      createLog("error"),
    );
    closers.push(() => service.close());
    const floor = await openFloor(pool);
    closers.push(() => floor.close());
    const load = openLoad();
    closers.push(() => load.close());
    const machine = `${availableParallelism()} cores (${cpus()[0]?.model}), Node ${process.versions.node}, Postgres ${database.version}`;
    return { serviceUrl: service.url, floor, pool, load, machine, close };
  } catch (error) {
    await close();
    throw error;
  }
}
