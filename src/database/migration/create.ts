import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diffMigrations } from "./diff.js";
import { type DirectoryOptions, findPrismaDirectory } from "./directory.js";
import { migrationLock, readMigrationNames } from "./folder.js";

/**
 * Writes the migration that leads from the end of the existing ones to schema.prisma, and returns the path of its
 * migration.sql. If they agree, it writes nothing and returns null. Read the SQL before it is committed. `name` is
 * lower-case words joined by underscores. Uses a shadow database, as checkMigrations does.
 */
export async function createMigration(
  connectionString: string,
  name: string,
  options: DirectoryOptions = {},
): Promise<string | null> {
  if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) {
    throw new Error(
      `a migration's name is lower-case words joined by underscores, not ${JSON.stringify(name)}`,
    );
  }
  const directory = options.directory ?? (await findPrismaDirectory());
  const script = await diffMigrations(connectionString, directory);
  if (script === null) return null;

  const folderName = `${timestamp(new Date())}_${name}`;
  const newest = (await readMigrationNames(directory)).at(-1);
  if (newest !== undefined && newest >= folderName) {
    throw new Error(`migration ${newest} is newer than the clock of this machine`);
  }
  const folder = join(directory, "migrations", folderName);
  await mkdir(folder, { recursive: true });
  await writeFile(join(directory, "migrations", "migration_lock.toml"), migrationLock);
  const path = join(folder, "migration.sql");
  await writeFile(path, script, { flag: "wx" });
  return path;
}

/** Writes an instant in UTC as 14 digits: year, month, day, hour, minute, second. */
function timestamp(at: Date): string {
  return at.toISOString().replaceAll(/\D/g, "").slice(0, 14);
}
