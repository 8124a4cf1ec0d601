import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

/** How long the nodes have to catch up, in milliseconds: with the last lock that a paused one held, too. */
const catchUpMs = 30_000;

/** Leases and snoozes that ran out more than 5 s ago. */
const overdue = `
  SELECT 'run' AS kind, id FROM run WHERE status = 'CLAIMED' AND lease_expires_at < clock_timestamp() - interval '5 s'
  UNION ALL SELECT 'attempt', id FROM queue_attempt
    WHERE state = 'RUNNING' AND lease_expires_at < clock_timestamp() - interval '5 s'
  UNION ALL SELECT 'snooze', reader_id FROM reader_mark WHERE snoozed_until < clock_timestamp() - interval '5 s'`;

/** Waits until nothing that is due by the clock is undone. Gives what still is, in a line each. */
export async function awaitDuties(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const until = Date.now() + catchUpMs; ; await delay(200)) {
      const { rows } = await client.query(overdue);
      if (rows.length === 0 || Date.now() > until)
        return rows.map((row) => `overdue: ${JSON.stringify(row)}`);
    }
  } finally {
    await client.end();
  }
}
