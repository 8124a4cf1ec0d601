import { chmod, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canReach, ensureAccount, isRoot } from "./account.js";
import type { Binaries } from "./binaries.js";
import { type Home, OPEN_PLACE, makeOpenFolder } from "./home.js";
import { createOwnedFolder, listAbandonedFolders } from "./owned-folder.js";
import { stopPostmaster } from "./postmaster.js";

const PREFIX = "agentrun-graph-ephemeral";

/** Makes a home in the temporary folder of the machine. As root, it takes one that the server's account may enter. */
export async function createEphemeralHome(log: (message: string) => void): Promise<Home> {
  if (!isRoot())
    return { directory: await createOwnedFolder(await makeOpenFolder(tmpdir()), PREFIX), account: null };
  const account = await ensureAccount(log);
  for (const place of [tmpdir(), "/tmp", OPEN_PLACE]) {
    const parent = await makeOpenFolder(place);
    if (place !== OPEN_PLACE && !(await canReach(parent, account))) continue;
    const directory = await createOwnedFolder(parent, PREFIX);
    await chmod(directory, 0o711);
    return { directory, account };
  }
  throw new Error("unreachable: the open place is always taken");
}

/** Stops the servers of homes that killed processes left beside this one, and removes those homes. */
export async function removeAbandonedHomes(
  home: Home,
  binaries: Binaries,
  log: (message: string) => void,
): Promise<void> {
  for (const directory of await listAbandonedFolders(join(home.directory, ".."), PREFIX)) {
    await removeHome(directory, binaries).catch((error: Error) => {
      log(`the abandoned database ${directory} cannot be removed: ${error.message}`);
    });
  }
}

/** Stops the server of the home without saving anything, and removes the home. */
export async function removeHome(directory: string, binaries: Binaries): Promise<void> {
  await stopPostmaster(join(directory, "postgres"), binaries, "immediate");
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
