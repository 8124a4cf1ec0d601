import { diffMigrations } from "./diff.js";
import { type DirectoryOptions, findPrismaDirectory } from "./directory.js";

/**
 * Says whether schema.prisma and the migrations agree: `diff` is the SQL that the migrations lack, null if none.
 * Reads no tables of the given database; it makes and drops a shadow database on the same server, so its user must
 * be allowed to.
 */
export async function checkMigrations(
  connectionString: string,
  options: DirectoryOptions = {},
): Promise<{ diff: string | null }> {
  return { diff: await diffMigrations(connectionString, options.directory ?? (await findPrismaDirectory())) };
}
