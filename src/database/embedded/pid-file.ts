import { readFileSync, rmSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { findProcess } from "./os-process.js";

/** What `postmaster.pid` says. It may be stale: its server dead, its pid another program's. */
export interface PidFile {
  /** 0 if the file is still (or, after a crash, for ever) empty. */
  pid: number;
  port: number;
  ready: boolean;
  text: string;
}

/** Postgres' own lock on the data directory; null if there is none. */
export async function readPidFile(dataDirectory: string): Promise<PidFile | null> {
  try {
    const text = await readFile(join(dataDirectory, "postmaster.pid"), "utf8");
    const lines = text.split("\n");
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return { pid: pid > 0 ? pid : 0, port, ready: lines[7]?.trim() === "ready" && port > 0, text };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Whether the process that the file names is the server of this data directory. */
export async function isPostmasterAlive(file: PidFile, dataDirectory: string): Promise<boolean> {
  if (file.pid === 0) {
    // Made and written in two steps: an empty file that is not brand new was left by a crash.
    const made = await stat(join(dataDirectory, "postmaster.pid")).catch(() => null);
    return made !== null && Date.now() - made.mtimeMs < 2000;
  }
  const found = await findProcess(file.pid);
  if (!found) return false;
  if (process.platform === "win32") return true;
  return `${found.command} `.includes(`postgres -D ${dataDirectory} `);
}

/**
 * Removes a file that names no server but keeps Postgres from starting: its pid has become another program's, or it is
 * empty. One whose pid is dead is left to Postgres. The check on the shared memory still guards against two servers.
 */
export function discardPidFile(stale: PidFile, dataDirectory: string): void {
  if (stale.pid !== 0 && !isPidTaken(stale.pid)) return;
  const path = join(dataDirectory, "postmaster.pid");
  try {
    // Nothing may come between: another process may just have started a server, whose file this now is.
    if (readFileSync(path, "utf8") === stale.text) rmSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** As Postgres asks: a zombie counts. */
function isPidTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
