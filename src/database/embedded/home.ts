/*
 * Where the server lives and which user it runs as. It usually lives in the data directory that is configured. If this
 * process is root, Postgres runs as another user, to whom a folder above may be closed. Then it lives in another
 * place.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Account, canReach, ensureAccount, isRoot } from "./account.js";
import { EmbeddedPostgresError } from "./error.js";

/** The folder that root uses if the wanted one is closed to the server's user. */
export const OPEN_PLACE = "/var/lib/agentrun-graph";

/** The folder of a server, and the user that it runs as. */
export interface Home {
  /** An absolute path without symbolic links. The folder holds `postgres` (the data) and `postgres.log`. */
  directory: string;
  /** Null if the server runs as the same user as this process. */
  account: Account | null;
}

/** Finds the home for a data directory, and makes it if it is missing. Tells `log` if it is elsewhere. */
export async function findHome(dataDir: string, log: (message: string) => void): Promise<Home> {
  const wanted = await makeOpenFolder(resolve(dataDir));
  if (!isRoot()) return { directory: wanted, account: null };

  const owner = await stat(join(wanted, "postgres")).catch(() => null);
  if (owner && owner.uid !== 0) {
    // The data of an ordinary user stays that user's, so that one start by root does not lock the user out.
    const account = { uid: owner.uid, gid: owner.gid };
    if (await canReach(wanted, account)) return { directory: wanted, account };
    throw new EmbeddedPostgresError(
      `The data in ${join(wanted, "postgres")} belongs to the OS user ${owner.uid}, to whom a folder above it is ` +
        "closed. Open the folders above it (chmod o+x), or choose another AGENTRUN_DATA_DIR.",
    );
  }

  const account = await ensureAccount(log);
  const hash = createHash("sha256").update(wanted).digest("hex").slice(0, 16);
  const elsewhere = join(OPEN_PLACE, hash);
  // Data that was once put elsewhere is found there again, even if the folders have been opened since.
  const moved = await stat(join(elsewhere, "postgres")).catch(() => null);
  if (!moved && (await canReach(wanted, account))) return { directory: wanted, account };
  log(`${wanted} is closed to the OS user of Postgres: its data is in ${elsewhere}`);
  return { directory: await makeOpenFolder(elsewhere), account };
}

/** Makes the folder and those above it that are missing. As root, it lets anyone enter them, whatever the umask. */
export async function makeOpenFolder(folder: string): Promise<string> {
  const first = await mkdir(folder, { recursive: true });
  if (first && isRoot()) {
    for (let made = folder; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
  }
  return realpath(folder);
}
