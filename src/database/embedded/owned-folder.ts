/*
 * Temporary folders that tell whose they are. Their name holds the pid and the start time of the process that made
 * them. So a folder that a killed process left can be told from one that a living process uses, with no lock and no
 * file to read.
 */
import { lstat, mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { findProcess } from "./os-process.js";

/** Makes `<parent>/<prefix>-<pid>-<start>-<random>` with mode 0700. This process owns it for as long as it lives. */
export async function createOwnedFolder(parent: string, prefix: string): Promise<string> {
  const startedAt = (await findProcess(process.pid))?.startedAt ?? "0";
  return mkdtemp(join(parent, `${prefix}-${process.pid}-${startedAt}-`));
}

/** Lists the folders of this prefix and of this OS user whose process is dead. */
export async function listAbandonedFolders(parent: string, prefix: string): Promise<string[]> {
  const abandoned: string[] = [];
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${prefix}-`)) continue;
    const [pid, startedAt] = name.slice(prefix.length + 1).split("-");
    const folder = join(parent, name);
    const stat = await lstat(folder).catch(() => null);
    // In a shared /tmp anybody may choose such a name. Only a real folder of our own is ours to remove.
    if (!stat?.isDirectory() || stat.uid !== (process.getuid?.() ?? stat.uid)) continue;
    const owner = await findProcess(Number(pid));
    if (owner?.startedAt !== startedAt) abandoned.push(folder);
  }
  return abandoned;
}
