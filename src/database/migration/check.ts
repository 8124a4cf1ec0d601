import { diffMigrations } from "./diff.js";
import { type DirectoryOptions, findPrismaDirectory } from "./directory.js";

/**
 * Tells whether schema.prisma and the migrations agree. `diff` is the SQL that the migrations lack, or null if they
 * lack none. It reads no tables of the given database. It makes and drops a shadow database on the same server, so the
 * user must be allowed to create databases.
 */
export async function checkMigrations(
  connectionString: string,
  options: DirectoryOptions = {},
): Promise<{ diff: string | null }> {
  return { diff: await diffMigrations(connectionString, options.directory ?? (await findPrismaDirectory())) };
}
