import { prepare } from "./listing/clause.js";
import type { TenantClient } from "./statement.js";

/** Makes the text of a statement that reads one text: the value of SQL that names the tenant wherever it reads rows. */
export function answerText(sql: string): string {
  return `SELECT ${sql} AS answer`;
}

/** Reads that text. */
export async function readAnswer(
  client: TenantClient,
  text: string,
  values: Record<string, unknown>,
): Promise<string> {
  const [row] = await client.rows(prepare<{ answer: string }>(text), values);
  if (!row) throw new Error("an answer was not made");
  return row.answer;
}
