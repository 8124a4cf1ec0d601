import { prepare } from "./listing/clause.js";
import type { TenantClient } from "./statement.js";

/** Reads one text: the value of SQL that names the tenant wherever it reads rows. */
export async function readAnswer(
  client: TenantClient,
  sql: string,
  values: Record<string, unknown>,
): Promise<string> {
  const [row] = await client.rows(prepare<{ answer: string }>(`SELECT ${sql} AS answer`), values);
  if (!row) throw new Error("an answer was not made");
  return row.answer;
}
