import { availableParallelism, cpus } from "node:os";
import type pg from "pg";
import { openPool } from "../../src/database/pool.js";
import { type Child, openChild } from "./child.js";
import { type BenchDatabase, openBenchDatabase } from "./database.js";
import type { LoadAnswers } from "./load-process.js";
import { fillRows } from "./rows.js";
import { type ServerProcess, connections, openServerProcess } from "./server-process.js";

/** The service, the floor beside it on the same database, and what makes the load. */
export interface Bench {
  databaseUrl: string;
  /** Of this bench alone: none meets what another has left in its memory. */
  service: ServerProcess;
  floor: ServerProcess;
  pool: pg.Pool;
  /** What makes the load, in a process of its own so that the servers keep theirs. One question at a time. */
  load: Child<LoadAnswers>;
}

/** Where benches are measured. */
export interface Ground {
  /** The machine and the versions, in one line. */
  machine: string;
  /** Measures with a service and a load that are started for it and ended after it. */
  run(measure: (bench: Bench) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** The machine and the versions, in one line. */
export function machineWith({ version }: Pick<BenchDatabase, "version">): string {
  return `${availableParallelism()} cores (${cpus()[0]?.model}), Node ${process.versions.node}, Postgres ${version}`;
}

/** Opens and fills the database; whatever fails, nothing is left. */
export async function openGround(): Promise<Ground> {
  const database: BenchDatabase = await openBenchDatabase();
  const closers = [() => database.close()];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const pool = openPool({ connectionString: database.url, connections, onError: () => {} });
    closers.push(() => pool.end());
    await fillRows(pool);
    const floor = await openServerProcess("floor", database.url);
    closers.push(floor.close);
    const machine = machineWith(database);
    const kept = closers.length;
    const run = async (measure: (bench: Bench) => Promise<void>) => {
      const service = await openServerProcess("service", database.url);
      closers.push(service.close);
      const load = openChild<LoadAnswers>(new URL("./load-process.js", import.meta.url));
      closers.push(load.close);
      try {
        await measure({ databaseUrl: database.url, service, floor, pool, load });
      } finally {
        for (const closer of closers.splice(kept).toReversed()) await closer();
      }
    };
    return { machine, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}
