import { statement } from "../statement.js";
import type { Tx } from "../tx.js";

/**
 * Removes batches that were sent with a key, by their places in the table, if they are so many seconds old. From then on
 * their keys may be used again.
 */
export async function removeBatches(tx: Tx, places: readonly string[], seconds: number): Promise<void> {
  await tx.rows(remove, { places, seconds });
}
// What has taken the place of a row that was removed meanwhile is not as old.
const remove = statement<never, { places: readonly string[]; seconds: number }>(`
  DELETE FROM event_batch WHERE tenant_id = :tenantId AND ctid = ANY(:places::tid[])
    AND created_at <= clock_timestamp() - make_interval(secs => :seconds)`);
