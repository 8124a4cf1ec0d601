import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readMigrations, toMigrationList } from "./folder.js";
import { createEngineAdapter } from "./engine-adapter.js";
import { withShadowDatabase } from "./shadow-database.js";
import { wholeDatabase, withEngine } from "./engine.js";

const emptyScript = "-- This is an empty migration.";

/**
 * Gives the SQL that leads from the end of a directory's migrations to its schema.prisma, or null if they agree. What
 * Prisma's schema cannot say (storage settings, functions) is not compared. Fails if the schema or a migration has an
 * error.
 */
export async function diffMigrations(connectionString: string, directory: string): Promise<string | null> {
  const path = join(directory, "schema.prisma");
  const content = await readFile(path, "utf8");
  const migrations = toMigrationList(directory, await readMigrations(directory));
  return withShadowDatabase(connectionString, (shadow) =>
    withEngine(createEngineAdapter(shadow, { shadow }), async (engine) => {
      const { stdout } = await engine.diff({
        from: { tag: "migrations", ...migrations },
        to: { tag: "schemaDatamodel", files: [{ path, content }] },
        script: true,
        exitCode: null,
        filters: wholeDatabase,
      });
      const script = stdout?.trim() ?? "";
      return script === "" || script === emptyScript ? null : `${script}\n`;
    }),
  );
}
