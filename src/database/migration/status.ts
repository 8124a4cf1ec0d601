import { type DirectoryOptions, findPrismaDirectory } from "./directory.js";
import { readMigrationNames } from "./folder.js";
import { type Queryable, readHistory } from "./history.js";

/** How far a database has been migrated. */
export interface MigrationStatus {
  /** True if every migration of this build is applied. A database that has newer ones too is ready. */
  ready: boolean;
  /** The name of the newest applied migration, or null if none is applied. */
  migrationId: string | null;
}

/** Compares a database with the migrations of this build, by one query. Fails only if the database does not answer. */
export async function migrationStatus(
  db: Queryable,
  options: DirectoryOptions = {},
): Promise<MigrationStatus> {
  const known = await readMigrationNames(options.directory ?? (await findPrismaDirectory()));
  const history = await readHistory(db);
  const applied = history.filter((entry) => entry.finished).map((entry) => entry.name);
  return { ready: known.every((name) => applied.includes(name)), migrationId: applied.at(-1) ?? null };
}
