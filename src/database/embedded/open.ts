/*
 * Postgres without installing one: a real server from npm packages. There is one for each data directory. Every
 * process that opens it shares it, and the last that closes it stops it. Other folders import this file only.
 */
import { rm } from "node:fs/promises";
import { type Binaries, findBinaries } from "./binaries.js";
import { ensureCluster } from "./cluster.js";
import { createEphemeralHome, removeAbandonedHomes, removeHome } from "./ephemeral.js";
import { type Home, findHome } from "./home.js";
import { stopPostmaster } from "./postmaster.js";
import { openServer } from "./server.js";
import { USER } from "./settings.js";

/** How to open the embedded Postgres. */
export interface EmbeddedOptions {
  /** A path, absolute or relative to the current folder. The data is in `<dataDir>/postgres`, or where `log` says. */
  dataDir: string;
  /**
   * Makes a fresh database in a temporary folder, which `close` removes. It is faster, because it is not durable.
   * Default false.
   */
  ephemeral?: boolean;
  /** Is told, in a line each, what the person who runs the program should know. */
  log: (message: string) => void;
}

/** A server that is open. */
export interface EmbeddedPostgres {
  connection: { host: string; port: number; user: string; password: string };
  /**
   * Gives the address of one of its databases, by its Unix socket where it has one, else by its port. `postgres` always exists. The
   * caller creates any others.
   */
  url(database: string): string;
  /** The server's version, such as 18.4. */
  version: string;
  /** True if this call started the server, false if it joined one that was running. */
  started: boolean;
  /**
   * Stops the server within 20 s, unless another process still uses it. A second call gives the first one's promise.
   */
  close(): Promise<void>;
}

/**
 * Joins the server of a data directory, or starts it. The first time, it makes the data too. Fails with
 * EmbeddedPostgresError if there are no binaries, or if Postgres or the OS refuses.
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
  const { lease, port, socketDirectory, started } = await openServer(cluster, home, binaries, !ephemeral);
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
  const socket = socketDirectory === null ? "" : `&host=${encodeURIComponent(socketDirectory)}`;
  return {
    connection: { host: "127.0.0.1", port, user: USER, password: cluster.password },
    url: (database) =>
      // What is said here is not asked of PGSSLMODE and PGOPTIONS.
      `postgresql://${USER}:${cluster.password}@127.0.0.1:${port}/${encodeURIComponent(database)}?sslmode=disable&options=-c%20TimeZone%3DUTC${socket}`,
    version: lease.version,
    started,
    close: () => (closing ??= shutDown()),
  };
}
