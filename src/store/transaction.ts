import type pg from "pg";
import { isLostRace, isSpent } from "./database-error.js";
import { showTrees } from "./session-tree.js";
import { stampAndCommit } from "./stamp.js";
import type { TenantStore } from "./store.js";
import { Tx } from "./tx.js";

/** How often the work is tried before a lost race is thrown. */
const attempts = 4;

/**
 * Runs the work in one short transaction, commits it, and wakes the topics that it touched. Work that loses a race is
 * done again from its beginning, at most `attempts` times in all. Any other error rolls back and is thrown.
 */
export async function transaction<Result>(
  store: TenantStore,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store.share.use(() => runOnce(store, work));
    } catch (error) {
      if (attempt === attempts || !isLostRace(error)) throw error;
    }
  }
}

async function runOnce<Result>(store: TenantStore, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  const connection = await store.pool.connect();
  const commit = (of: Tx) => stampAndCommit(of, () => connection.query("COMMIT"));
  const tx = new Tx(connection, store, commit);
  let result: Result;
  try {
    [result] = await tx.together(() => {
      const begun = connection.query("BEGIN");
      return Promise.all([work(tx), begun]);
    });
    await (tx.committed ?? end(tx, commit));
  } catch (error) {
    tx.end();
    await tx.leavePrisma();
    if (isSpent(error)) connection.release(error as Error);
    else await rollBack(connection);
    throw error;
  }
  tx.end();
  connection.release();
  store.wake(tx.topics);
  return result;
}

async function end(tx: Tx, commit: (tx: Tx) => Promise<void>): Promise<void> {
  for (const id of await showTrees(tx, tx.trees, tx.occurredAt)) tx.change(id);
  await tx.leavePrisma();
  await commit(tx);
}

/** Rolls back and gives the connection back, or throws it away if it does not answer. */
async function rollBack(connection: pg.PoolClient): Promise<void> {
  try {
    await connection.query("ROLLBACK");
    connection.release();
  } catch (error) {
    connection.release(error as Error);
  }
}
