import { applyMigrations } from "../database/migration/apply.js";
import { checkMigrations } from "../database/migration/check.js";
import { createMigration } from "../database/migration/create.js";
import { openDatabase } from "../database/open.js";
import { type Flags, readAllowNewer, readDatabase } from "../server/config.js";
import { print } from "./terminal.js";

/** The flags of `migrate`. Without `check` and `create`, it migrates. */
export interface MigrateFlags extends Flags {
  /** Only says whether the migrations lead to prisma/schema.prisma. The exit code is 1 if they do not. */
  check?: boolean;
  /** Writes a migration of this name that leads to prisma/schema.prisma. */
  create?: string;
}

/** Brings a database up to date, or works on the migrations themselves. */
export async function migrate({ check, create, ...flags }: MigrateFlags): Promise<void> {
  const say = (message: string) => print(`${message}\n`);
  const database = await openDatabase(readDatabase(process.env, flags), say);
  try {
    const url = database.connectionString;
    if (check) {
      const { diff } = await checkMigrations(url);
      if (diff !== null)
        throw new Error(`the migrations do not lead to prisma/schema.prisma; missing:\n${diff}`);
      say("the migrations lead to prisma/schema.prisma");
    } else if (create !== undefined) {
      const file = await createMigration(url, create);
      say(
        file === null ? "nothing to migrate: the migrations lead to prisma/schema.prisma" : `wrote ${file}`,
      );
    } else {
      const { applied } = await applyMigrations(url, { allowNewer: readAllowNewer(process.env) });
      say(
        applied.length === 0 ? "nothing to do: every migration is applied" : `applied ${applied.join(", ")}`,
      );
    }
  } finally {
    await database.close();
  }
}
