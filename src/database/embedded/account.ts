import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { EmbeddedPostgresError } from "./error.js";

const run = promisify(execFile);

/** The OS user that the server runs as if this process is root. Postgres refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

/** Tells whether this process runs as root. On Windows it never does. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Finds the OS user `postgres` (on macOS `_postgres`), or makes it. Fails if it is missing and cannot be made. */
export async function ensureAccount(log: (message: string) => void): Promise<Account> {
  const found = await findAccount();
  if (found) return found;
  const attempts: [string, string[]][] = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"]],
    ["adduser", ["-S", "-D", "-H", "-s", "/sbin/nologin", "postgres"]],
    ["adduser", ["--system", "--group", "--no-create-home", "postgres"]],
  ];
  for (const [command, args] of attempts) {
    await run(command, args).catch(() => null);
    const made = await findAccount();
    if (!made) continue;
    log("made the OS user postgres, because Postgres does not run as root");
    return made;
  }
  throw new EmbeddedPostgresError(
    "Postgres does not run as root, and the OS user postgres is missing and could not be made. " +
      "Make it, run as an ordinary user, or set DATABASE_URL.",
  );
}

async function findAccount(): Promise<Account | null> {
  for (const name of ["postgres", "_postgres"]) {
    try {
      const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      continue;
    }
  }
  return null;
}

/** Tells whether the account may enter the folder, or run the file, and enter every folder above it. */
export async function canReach(path: string, account: Account): Promise<boolean> {
  for (let current = path; ; current = dirname(current)) {
    const { uid, gid, mode } = await stat(current);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (current === dirname(current)) return true;
  }
}
