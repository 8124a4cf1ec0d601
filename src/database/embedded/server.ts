/*
 * Joins the server of a cluster, or starts it. There is no lock of ours, since Postgres lets only one server onto a
 * data directory. A process that starts a second one at the same moment sees it refused, and joins the first.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Binaries } from "./binaries.js";
import type { Cluster } from "./cluster.js";
import { EmbeddedPostgresError } from "./error.js";
import type { Home } from "./home.js";
import { ForeignServerError, type Lease, takeLease } from "./lease.js";
import { discardPidFile, isPostmasterAlive, readPidFile } from "./pid-file.js";
import { findFreePort } from "./port.js";
import { spawnPostmaster } from "./postmaster.js";
import { mayHoldSocket } from "./settings.js";

const POLL_MS = 10;

/** How long to wait for a server that runs but lets nobody in. Its recovery after a crash may take long. */
const MAX_JOIN_MS = 300_000;

/**
 * How long to retry a start that fails for a passing reason, such as a port just taken or backends of a killed server.
 */
const MAX_RETRY_MS = 15_000;

/** A server that this process has a lease on. `started` is false if it was running before. */
export interface Server {
  port: number;
  /** The folder of its Unix socket; null if it has none. */
  socketDirectory: string | null;
  lease: Lease;
  started: boolean;
}

/**
 * Joins the cluster's server if one runs, and otherwise starts one. Throws an EmbeddedPostgresError if it does not
 * start, or if it lets nobody in.
 */
export async function openServer(
  cluster: Cluster,
  home: Home,
  binaries: Binaries,
  durable: boolean,
): Promise<Server> {
  const retryUntil = performance.now() + MAX_RETRY_MS;
  let socketDirectory = mayHoldSocket(cluster.directory) ? cluster.directory : null;
  for (;;) {
    const running = await joinServer(cluster);
    if (running) return { ...running, started: false };
    const stale = await readPidFile(cluster.directory);
    if (stale && !(await isPostmasterAlive(stale, cluster.directory)))
      discardPidFile(stale, cluster.directory);

    const port = await findFreePort(cluster.directory);
    const postmaster = await spawnPostmaster(cluster, home, binaries, port, { durable, socketDirectory });
    try {
      for (;;) {
        const exited = postmaster.exited();
        const joined = await joinServer(cluster);
        if (joined) return { ...joined, started: joined.pid === postmaster.pid };
        if (exited) break;
        await delay(POLL_MS);
      }
      const { passing, lastLines } = await postmaster.explainExit();
      // Some file systems cannot hold a socket.
      if (socketDirectory !== null && lastLines.includes("Unix-domain socket")) {
        socketDirectory = null;
        continue;
      }
      if (!passing || performance.now() > retryUntil)
        throw new EmbeddedPostgresError(`Postgres did not start:\n${lastLines}`);
    } finally {
      await postmaster.closeLog();
    }
    await delay(POLL_MS);
  }
}

/** Joins the server that the pid file names, and waits while it starts. Gives null if none runs, or not any more. */
async function joinServer(
  cluster: Cluster,
): Promise<(Omit<Server, "started"> & { pid: number | undefined }) | null> {
  const joinUntil = performance.now() + MAX_JOIN_MS;
  for (;;) {
    const file = await readPidFile(cluster.directory);
    if (!file) return null;
    let failure: unknown;
    if (file.ready) {
      try {
        const { port, pid, socketDirectory } = file;
        return { port, pid, socketDirectory, lease: await takeLease(cluster, port) };
      } catch (error) {
        failure = error;
      }
    }
    if (!(await isPostmasterAlive(file, cluster.directory))) return null;
    if (isLasting(failure) || performance.now() > joinUntil) {
      throw new EmbeddedPostgresError(
        `Postgres runs in ${cluster.directory} (pid ${file.pid}) but does not let us in: ` +
          (failure instanceof Error ? failure.message : "it is still starting or stopping"),
        { cause: failure },
      );
    }
    await delay(POLL_MS);
  }
}

/**
 * Tells whether an error will not pass: a wrong password, no right to connect, no connection left, or a lock that
 * cannot be had. All other errors pass as servers start and stop.
 */
function isLasting(error: unknown): boolean {
  if (error instanceof ForeignServerError) return true;
  const code = error instanceof Error ? (error as Error & { code?: string }).code : undefined;
  return code !== undefined && ["28P01", "28000", "53300", "55P03"].includes(code);
}
