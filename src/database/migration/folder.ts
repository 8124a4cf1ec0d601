import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MigrationList } from "@prisma/schema-engine-wasm/schema_engine_bg";

/** A migration as this build knows it. */
export interface Migration {
  /**
   * The name of its folder: 14 digits of UTC time, an underscore and words. Migrations are applied in the order of
   * names.
   */
  name: string;
  /** The text of its migration.sql. */
  script: string;
  /** SHA-256 of the script in hex, as Prisma stores it. */
  checksum: string;
}

/**
 * Lists the names of the migrations in a `prisma` directory, oldest first. Gives none if it has no migrations folder.
 */
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

/** Reads the migrations in a `prisma` directory, oldest first. Fails if a folder has no migration.sql. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const names = await readMigrationNames(directory);
  return Promise.all(
    names.map(async (name) => {
      const script = await readFile(join(directory, "migrations", name, "migration.sql"), "utf8");
      return { name, script, checksum: createHash("sha256").update(script).digest("hex") };
    }),
  );
}

/** Gives the migrations in the form that Prisma's engine takes, since it reads no files itself. */
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

/**
 * The text that Prisma wants in migrations/migration_lock.toml. It names the kind of database that the scripts are
 * for.
 */
export const migrationLock = `# Written by Prisma; do not edit.
provider = "postgresql"
`;
