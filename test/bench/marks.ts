import { openPool } from "../../src/database/pool.js";
import { ask, lookUntilKept } from "./ask.js";
import { whole } from "./comparison.js";
import { openBenchDatabase } from "./database.js";
import { fillScale, readers } from "./scale/fill.js";
import { openServerProcess } from "./server-process.js";

/** How many sessions the tenant has. */
const sessions = Number(process.env["BENCH_SESSIONS"] ?? 1_000_000);

/** The lists that each reader reads, one after another: of a project, of a profile, what rests, and all that is left. */
const lists = {
  "a project": `{ state: ALL, projectId: "p3" }`,
  "a profile": `{ state: ALL, backendProfile: "claude" }`,
  "what is unread": `{ state: UNREAD }`,
  all: `{ state: ALL }`,
};

/** Prints how long it takes to mark the sessions of whole lists as read. */
export async function benchMarks(): Promise<void> {
  const database = await openBenchDatabase();
  try {
    const pool = openPool({
      connectionString: database.url,
      connections: 2,
      answerMs: 3_600_000,
      onError: () => {},
    });
    await fillScale(pool, sessions);
    await pool.end();
    const service = await openServerProcess("service", database.url);
    try {
      for (const reader of readers) {
        await lookUntilKept(service.url, reader);
        for (const [what, filter] of Object.entries(lists)) {
          const begunAt = performance.now();
          const changed = await mark(service.url, filter, reader);
          const ms = `${(performance.now() - begunAt).toFixed(0)} ms`;
          process.stdout.write(
            `${`marked read by one that has read ${reader}: ${what}`.padEnd(70)}${whole(changed).padStart(12)}${ms.padStart(10)}\n`,
          );
        }
      }
    } finally {
      await service.close();
    }
  } finally {
    await database.close();
  }
}

async function mark(url: string, filter: string, reader: string): Promise<number> {
  const query = `mutation { markSessionsRead(input: { filter: ${filter}, readerId: "${reader}" }) { changed } }`;
  const { markSessionsRead } = await ask<{ markSessionsRead: { changed: number } }>(url, query);
  return markSessionsRead.changed;
}
