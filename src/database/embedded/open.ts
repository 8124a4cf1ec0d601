/*
 * Postgres without installing one: a real server from npm packages, one per data directory, shared by every process
 * that opens it and stopped by the last that closes it. Other folders import this file only.
 */
import { rm } from "node:fs/promises";
import { type Binaries, findBinaries } from "./binaries.js";
import { ensureCluster } from "./cluster.js";
import { createEphemeralHome, removeAbandonedHomes, removeHome } from "./ephemeral.js";
import { type Home, findHome } from "./home.js";
import { stopPostmaster } from "./postmaster.js";
import { openServer } from "./server.js";
import { USER } from "./settings.js";

export interface EmbeddedOptions {
  /** Absolute, or relative to the current folder; the data is in `<dataDir>/postgres`, or where `log` says. */
  dataDir: string;
  /** A fresh database in a temporary folder, faster because not durable, removed by `close`. Default false. */
  ephemeral?: boolean;
  /** Gets one line for each thing worth telling whoever runs the program. */
  log: (message: string) => void;
}

export interface EmbeddedPostgres {
  connection: { host: string; port: number; user: string; password: string };
  /** The address of one of its databases. `postgres` always exists; others are the caller's to create. */
  url(database: string): string;
  /** Of the server, as in 18.4. */
  version: string;
  /** False: joined one that was running. */
  started: boolean;
  /** Stops the server unless another process still uses it; within 20 s. A second call is the first one's. */
  close(): Promise<void>;
}

/**
 * Joins the server of a data directory or starts it, making the data at the first time.
 * Fails with EmbeddedPostgresError where there are no binaries, or Postgres or the OS refuse.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  if (!options.ephemeral) {
    const home = await findHome(options.dataDir, options.log);
    return openHome(home, await findBinaries(home, options.log), options);
  }
  const home = await createEphemeralHome(options.log);
  let binaries: Binaries | undefined;
  try {
    binaries = await findBinaries(home, options.log);
    await removeAbandonedHomes(home, binaries, options.log);
    return await openHome(home, binaries, options);
  } catch (error) {
    if (binaries) await removeHome(home.directory, binaries);
    else await rm(home.directory, { recursive: true });
    throw error;
  }
}

async function openHome(home: Home, binaries: Binaries, options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log, ephemeral = false } = options;
  const cluster = await ensureCluster(home, binaries, !ephemeral, log);
  const { lease, port, started } = await openServer(cluster, home, binaries, !ephemeral);
  log(
    `${started ? "started" : "joined"} Postgres ${lease.version} in ${cluster.directory} on 127.0.0.1:${port}`,
  );

  const shutDown = async () => {
    const others = await lease.release();
    try {
      if (ephemeral) await removeHome(home.directory, binaries);
      else if (others === "last") await stopPostmaster(cluster.directory, binaries, "fast");
      else if (others === "shared") log(`Postgres in ${cluster.directory} runs on: another process uses it`);
    } finally {
      await lease.end();
    }
  };
  let closing: Promise<void> | undefined;
  return {
    connection: { host: "127.0.0.1", port, user: USER, password: cluster.password },
    url: (database) =>
      `postgresql://${USER}:${cluster.password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    version: lease.version,
    started,
    close: () => (closing ??= shutDown()),
  };
}
