/** Anything that runs a query: a pool, a client or a transaction. */
export interface Queryable {
  query(text: string): Promise<{ rows: unknown[] }>;
}

/** A migration as the database remembers it. */
export interface HistoryEntry {
  name: string;
  /** SHA-256 of the script that was applied, in hex. */
  checksum: string;
  /** False while a node applies it. It stays false if that node was killed. */
  finished: boolean;
}

const undefinedTable = "42P01";

/**
 * Reads which migrations were applied to a database, in order of name. It leaves out those that were rolled back. The
 * list is empty if nothing was ever applied.
 */
export async function readHistory(db: Queryable): Promise<HistoryEntry[]> {
  try {
    const { rows } = await db.query(
      `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name COLLATE "C"`,
    );
    return rows as HistoryEntry[];
  } catch (error) {
    if ((error as { code?: unknown }).code === undefinedTable) return [];
    throw error;
  }
}

/**
 * Marks unfinished migrations as rolled back, so that they are applied again next time. Only right if Postgres undid
 * them.
 */
export async function markRolledBack(db: Queryable): Promise<void> {
  await db.query(
    "UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL",
  );
}
