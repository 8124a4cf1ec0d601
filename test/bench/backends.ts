import { readFile } from "node:fs/promises";
import type pg from "pg";

/** A hundredth of a second each, as Linux counts. */
const tickMs = 10;

/** What the other connections to this database have used so far, in milliseconds. Of a Postgres on this machine, by Linux. */
export async function readBackends(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  const each = rows.map(async ({ pid }) => {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    // Behind the name, which may hold blanks: the 12th and the 13th are the ticks in its own code and in the system's.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * tickMs;
  });
  return (await Promise.all(each)).reduce((sum, ms) => sum + ms, 0);
}
