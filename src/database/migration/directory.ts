import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packageName = "agentrun-graph";

/** Names the `prisma` directory to work with. */
export interface DirectoryOptions {
  /** The folder that holds `schema.prisma` and `migrations/`. Default: the one of this package. */
  directory?: string;
}

/**
 * Finds the `prisma` directory of this package, as an absolute path. It walks up to the package's own package.json, so
 * that the directory is the same from the sources and from the compiled files. Fails if there is none.
 */
export async function findPrismaDirectory(): Promise<string> {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if ((await readPackageName(folder)) === packageName) return join(folder, "prisma");
  }
  throw new Error(`no package.json of ${packageName} above ${start}`);
}

async function readPackageName(folder: string): Promise<unknown> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "name" in manifest
      ? manifest.name
      : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
