import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MigrationList } from "@prisma/schema-engine-wasm/schema_engine_bg";

/** A migration as this build knows it. */
export interface Migration {
  /** The name of its folder: 14 digits of UTC time, an underscore and words. The order of names is the order of application. */
  name: string;
  /** The text of its migration.sql. */
  script: string;
  /** SHA-256 of the script in hex, as Prisma stores it. */
  checksum: string;
}

/** The names of the migrations in a `prisma` directory, oldest first; none where it has no migrations folder. */
export async function readMigrationNames(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(join(directory, "migrations"), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The migrations in a `prisma` directory, oldest first. Fails where a folder has no migration.sql. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const names = await readMigrationNames(directory);
  return Promise.all(
    names.map(async (name) => {
      const script = await readFile(join(directory, "migrations", name, "migration.sql"), "utf8");
      return { name, script, checksum: createHash("sha256").update(script).digest("hex") };
    }),
  );
}

/** The same migrations in the words of Prisma's engine, which reads no files itself. */
export function toMigrationList(directory: string, migrations: readonly Migration[]): MigrationList {
  return {
    baseDir: join(directory, "migrations"),
    lockfile: { path: "migration_lock.toml", content: migrationLock },
    shadowDbInitScript: "",
    migrationDirectories: migrations.map(({ name, script }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: script } },
    })),
  };
}

/** What Prisma wants in migrations/migration_lock.toml: the kind of database that the scripts are written for. */
export const migrationLock = `# Written by Prisma; do not edit.
provider = "postgresql"
`;
