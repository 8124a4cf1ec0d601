import { execFile, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Binaries } from "./binaries.js";
import type { Cluster } from "./cluster.js";
import { EmbeddedPostgresError } from "./error.js";
import type { Home } from "./home.js";
import { isPostmasterAlive, readPidFile } from "./pid-file.js";
import { programOptions } from "./program.js";
import { openServerLog } from "./server-log.js";
import { serverSettings } from "./settings.js";

/** A server process while it starts. It outlives this process. */
export interface Postmaster {
  pid: number | undefined;
  exited(): boolean;
  /** Tells, after its exit, whether it may help to try again (`passing`), and gives the last lines of its log. */
  explainExit(): Promise<{ passing: boolean; lastLines: string }>;
  closeLog(): Promise<void>;
}

/**
 * Starts a server process of this cluster on this port. It may still refuse to start: see {@link Postmaster.exited}.
 */
export async function spawnPostmaster(
  cluster: Cluster,
  home: Home,
  binaries: Binaries,
  port: number,
  { durable, socketDirectory }: { durable: boolean; socketDirectory: string | null },
): Promise<Postmaster> {
  const log = await openServerLog(home);
  const args = ["-D", cluster.directory, ...serverSettings(port, durable, socketDirectory)];
  // Detached, it has an OS session of its own, so that neither Ctrl-C nor a closed terminal ends it before we do.
  const child = spawn(binaries.postgres, args, {
    ...programOptions(home),
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.unref();
  let ending: string | null = null;
  child.once("error", (error) => (ending = error.message));
  child.once("exit", (code, signal) => (ending = `exit ${signal ?? code}`));
  return {
    pid: child.pid,
    exited: () => ending !== null,
    async explainExit() {
      const text = await log.readNew();
      // Another process may be starting a server that writes to the same log.
      const own = text.split("\n").filter((line) => line.includes(`[${child.pid}]`));
      const passing = /could not (bind|create any TCP)|lock file|pre-existing shared memory/.test(
        own.join("\n"),
      );
      return { passing, lastLines: [...text.trimEnd().split("\n").slice(-12), `(${ending})`].join("\n") };
    },
    closeLog: () => log.close(),
  };
}

/**
 * Stops the server of a data directory and waits for its end. Does nothing if none runs. `fast` disconnects everyone
 * and writes a checkpoint. After 10 s it becomes `immediate`, which leaves recovery to the next start. Throws an
 * EmbeddedPostgresError if the server has not ended 7 s after that.
 */
export async function stopPostmaster(
  dataDirectory: string,
  binaries: Binaries,
  mode: "fast" | "immediate",
): Promise<void> {
  const file = await readPidFile(dataDirectory);
  if (!file || !(await isPostmasterAlive(file, dataDirectory))) return;
  const hasEnded = async (waitMs: number) => {
    const until = performance.now() + waitMs;
    while (await isPostmasterAlive(file, dataDirectory)) {
      if (performance.now() > until) return false;
      await delay(10);
    }
    return true;
  };
  if (mode === "fast") {
    await signal(file.pid, "INT", binaries);
    if (await hasEnded(10_000)) return;
  }
  await signal(file.pid, "QUIT", binaries);
  // Postgres itself kills what has not ended 5 s after that.
  if (await hasEnded(7000)) return;
  throw new EmbeddedPostgresError(`Postgres in ${dataDirectory} (pid ${file.pid}) does not stop`);
}

async function signal(pid: number, name: "INT" | "QUIT", binaries: Binaries): Promise<void> {
  // Windows has no signals. Postgres brings its own.
  if (process.platform === "win32") {
    await promisify(execFile)(binaries.pgCtl, ["kill", name, `${pid}`]);
    return;
  }
  try {
    process.kill(pid, `SIG${name}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
