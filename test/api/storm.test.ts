import pg from "pg";
import { expect, it } from "vitest";
import { sizeOf } from "../storm/ledger.js";
import { storm } from "../storm/storm.js";
import { judge } from "../storm/verdict.js";
import { createTestDatabase } from "../support/database.js";

/** Another one in each run, so that in time more is seen; `STORM_SEED` does one again. */
const seed = Number(process.env["STORM_SEED"] ?? Date.now() % 1_000_000);

it(`what three nodes acknowledge while they are paused, cut off and locked out is all there (STORM_SEED=${seed})`, async () => {
  const database = await createTestDatabase();
  const result = await storm({
    databaseUrl: database.url,
    seed,
    writers: 24,
    durationMs: 8_000,
    least: 101,
    pauseMs: 3_000,
    timeoutMs: 2_000,
  });
  expect(await judge(database.url, result)).toEqual([]);
  // Otherwise nothing was tried.
  expect(sizeOf(result.ledger)).toBeGreaterThan(100);
  expect(new Set(result.faults)).toEqual(new Set(["pause", "swallow", "lock"]));

  // Whoever judges sees what is not as it was told.
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const [event] = result.ledger.events;
  const [task] = result.ledger.tasks;
  await client.query("DELETE FROM run_event WHERE run_id = $1 AND seq = $2", [event?.runId, event?.seq]);
  await client.query(
    "UPDATE queue_task SET title = 'another', version = 1 + (SELECT max(version) FROM tenant) WHERE id = $1",
    [task?.id],
  );
  await client.end();
  const found = (await judge(database.url, result)).map((line) => line.split(" (")[0]);
  expect(found).toEqual(
    expect.arrayContaining([
      "an event that was acknowledged is not at its place",
      "a task that was acknowledged is not there",
      "seq has a gap, or last_event_seq is not true",
      "a change has a version that is not yet taken",
    ]),
  );
  await database.drop();
}, 180_000);
