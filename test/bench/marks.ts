import { openPool } from "../../src/database/pool.js";
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

/** A million sessions are not counted as fast as that, in milliseconds. */
const keptMs = 100;

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
        await look(service.url, reader);
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

/** Has a reader look at the figures of its inbox before it marks, as people do, until they are kept: they come at once then. */
async function look(url: string, reader: string): Promise<void> {
  const query = `{ inboxCounts(readerId: "${reader}") { unread } }`;
  for (let tookMs = Infinity; tookMs > keptMs;) {
    const begunAt = performance.now();
    await ask(url, query);
    tookMs = performance.now() - begunAt;
  }
}

async function mark(url: string, filter: string, reader: string): Promise<number> {
  const query = `mutation { markSessionsRead(input: { filter: ${filter}, readerId: "${reader}" }) { changed } }`;
  const { markSessionsRead } = await ask<{ markSessionsRead: { changed: number } }>(url, query);
  return markSessionsRead.changed;
}

async function ask<Data>(url: string, query: string): Promise<Data> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (!data) throw new Error(JSON.stringify(errors));
  return data;
}
