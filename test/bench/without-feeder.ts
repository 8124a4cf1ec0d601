import type pg from "pg";

/** Beside which key the feeder of the index of texts does its duty: who holds it keeps the feeder from work. See store/sweep.ts. */
const feederLock = 0x6167_7272;

/** Measures while the index of texts is not fed: what was appended before would be indexed meanwhile, of one side more than of the other. */
export async function withoutFeeder<Result>(
  client: pg.ClientBase,
  measure: () => Promise<Result>,
): Promise<Result> {
  await client.query("SELECT pg_advisory_lock($1)", [feederLock]);
  try {
    return await measure();
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [feederLock]);
  }
}
