import { expect, it, onTestFinished } from "vitest";
import { openPool } from "../../src/database/pool.js";
import { createTestDatabase } from "../support/database.js";
import { createRole } from "../support/role.js";

/** The URL of a database by a role that has at most so many connections. */
async function narrowUrl(connections: number): Promise<string> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  return (await createRole(database, `CONNECTION LIMIT ${connections}`)).url.href;
}

it("where the server has fewer connections than a pool may have, callers wait for those that there are", async () => {
  const url = await narrowUrl(3);
  const told: Error[] = [];
  const onContent = (error: Error) => void told.push(error);
  const pool = openPool({ connectionString: url, connections: 12, onError: () => {}, onContent });
  const ask = async () => {
    const client = await pool.connect();
    try {
      await client.query("SELECT pg_sleep(0.01)");
    } finally {
      client.release();
    }
  };
  for (let round = 0; round < 3; round += 1) {
    const calls = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0 ? ask() : pool.query("SELECT pg_sleep(0.01)"),
    );
    await Promise.all(calls);
    expect(pool.totalCount).toBeLessThanOrEqual(3);
  }
  expect(told.map(({ message }) => message)).toEqual([
    expect.stringContaining("too many connections for role"),
  ]);
  await pool.end();
});

it("where it has none, a caller is told so", async () => {
  const url = await narrowUrl(1);
  const [first, second] = [1, 2].map(() =>
    openPool({ connectionString: url, connections: 2, onError: () => {} }),
  ) as [ReturnType<typeof openPool>, ReturnType<typeof openPool>];
  const client = await first.connect();
  await expect(second.query("SELECT")).rejects.toThrow(/too many connections for role/);
  await expect(second.connect()).rejects.toThrow(/too many connections for role/);
  client.release();
  await first.end();
  await second.end();
});
