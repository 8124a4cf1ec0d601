import pg from "pg";
import { lostWrites } from "./acknowledged.js";
import { brokenRules } from "./invariants.js";
import type { StormResult } from "./storm.js";

/** How many rows of a fault are told. */
const told = 3;

/** What nodes log of a database that does not answer, as it does not here. */
const outage = /the database did not answer/;

/** What a storm did to the service that must not be, in a line each; none if all is well. */
export async function judge(databaseUrl: string, result: StormResult): Promise<string[]> {
  const { ledger, failures, nodes } = result;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const faults = [...failures];
    for (const [name, text] of Object.entries(lostWrites))
      faults.push(
        ...tell(name, await client.query(text, text.includes("$1") ? [JSON.stringify(ledger)] : [])),
      );
    faults.push(...(await findFaults(client, brokenRules)));
    for (const { exit, logged } of nodes) {
      if (exit !== 0) faults.push(`a node ended with ${exit}`);
      const lines = logged.split("\n").filter((line) => line.startsWith("{") && !outage.test(line));
      faults.push(...lines.slice(0, told).map((line) => `a node logged ${line}`));
    }
    return faults;
  } finally {
    await client.end();
  }
}

/** What in a database breaks these rules, in a line each; none if all is well. */
export async function findFaults(
  client: Pick<pg.Client, "query">,
  rules: Readonly<Record<string, string>>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, text] of Object.entries(rules)) faults.push(...tell(name, await client.query(text)));
  return faults;
}

function tell(name: string, { rows }: pg.QueryResult): string[] {
  return rows.length === 0 ? [] : [`${name} (${rows.length}): ${JSON.stringify(rows.slice(0, told))}`];
}
