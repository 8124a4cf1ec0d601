/*
 * Where the server lives and as whom it runs. Usually that is the data directory itself; as root it may have to be
 * another place, because Postgres then runs as a user to whom a folder above may be closed.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Account, canReach, ensureAccount, isRoot } from "./account.js";
import { EmbeddedPostgresError } from "./error.js";

/** What root uses when the wanted place is closed to the server's user. */
export const OPEN_PLACE = "/var/lib/agentrun-graph";

export interface Home {
  /** Absolute, without symbolic links; holds `postgres` (the data) and `postgres.log`. */
  directory: string;
  /** Null: the server runs as this process does. */
  account: Account | null;
}

/** The home for a data directory, made if missing. Says through `log` when it is elsewhere. */
export async function findHome(dataDir: string, log: (message: string) => void): Promise<Home> {
  const wanted = await makeOpenFolder(resolve(dataDir));
  if (!isRoot()) return { directory: wanted, account: null };

  const owner = await stat(join(wanted, "postgres")).catch(() => null);
  if (owner && owner.uid !== 0) {
    // Data of an ordinary user stays that user's, so that one start by root does not lock the user out.
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
  // Data once put elsewhere is found there again, even if the folders have been opened since.
  const moved = await stat(join(elsewhere, "postgres")).catch(() => null);
  if (!moved && (await canReach(wanted, account))) return { directory: wanted, account };
  log(`${wanted} is closed to the OS user of Postgres: its data is in ${elsewhere}`);
  return { directory: await makeOpenFolder(elsewhere), account };
}

/** Makes the folder and those above it that are missing; as root enterable by anyone, whatever the umask. */
export async function makeOpenFolder(folder: string): Promise<string> {
  const first = await mkdir(folder, { recursive: true });
  if (first && isRoot()) {
    for (let made = folder; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
  }
  return realpath(folder);
}
