import { readFileSync, rmSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { findProcess } from "./os-process.js";

/** What `postmaster.pid` says. It may be stale: its server may be dead, and its pid may belong to another program. */
export interface PidFile {
  /** The server's pid. It is 0 while the file is still empty, as it stays after a crash. */
  pid: number;
  port: number;
  /** The folder of its Unix socket; null if it has none. */
  socketDirectory: string | null;
  ready: boolean;
  text: string;
}

/** Reads Postgres' own lock on the data directory. Gives null if there is none. */
export async function readPidFile(dataDirectory: string): Promise<PidFile | null> {
  try {
    const text = await readFile(join(dataDirectory, "postmaster.pid"), "utf8");
    const lines = text.split("\n");
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    const socketDirectory = lines[4]?.trim() || null;
    const ready = lines[7]?.trim() === "ready" && port > 0;
    return { pid: pid > 0 ? pid : 0, port, socketDirectory, ready, text };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Tells whether the process that the file names is the server of this data directory. */
export async function isPostmasterAlive(file: PidFile, dataDirectory: string): Promise<boolean> {
  if (file.pid === 0) {
    // Postgres makes the file and writes it in two steps. An empty file that is not brand new was left by a crash.
    const made = await stat(join(dataDirectory, "postmaster.pid")).catch(() => null);
    return made !== null && Date.now() - made.mtimeMs < 2000;
  }
  const found = await findProcess(file.pid);
  if (!found) return false;
  if (process.platform === "win32") return true;
  return `${found.command} `.includes(`postgres -D ${dataDirectory} `);
}

/**
 * Removes a file that names no server but keeps Postgres from starting, because its pid now belongs to another program
 * or because it is empty. Postgres itself deals with a file whose pid is dead. Its check on the shared memory still
 * guards against two servers.
 */
export function discardPidFile(stale: PidFile, dataDirectory: string): void {
  if (stale.pid !== 0 && !isPidTaken(stale.pid)) return;
  const path = join(dataDirectory, "postmaster.pid");
  try {
    // These calls are synchronous, so that little time passes between them: another process may just have started a
    // server, whose file this now is.
    if (readFileSync(path, "utf8") === stale.text) rmSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Tells whether a process has this pid. A zombie counts, as it does for Postgres. */
function isPidTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
