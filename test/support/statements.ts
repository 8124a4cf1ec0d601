import pg from "pg";

/** Every statement that this process sends while it is being recorded: its text and, where it has one, its name. */
export interface SentStatement {
  text: string;
  name: string | undefined;
}

/** What a service sends in the background, whenever it finds the time or it is time, or to each new connection, and no operation needs. */
const background =
  /INSERT INTO reader_skip|AS needed|INTO reader_base|DELETE FROM (reader_base|session_was|mark_was)|AS owner,|pg_notify|^LISTEN|set_config\('TimeZone'|pg_try_advisory|^(START TRANSACTION|END|SELECT)$|\) AS due$|SELECT tenant_id AS "tenantId" FROM tenant|AS at FROM (queue_task|event_batch|runner|run)\b/;

/**
 * Records the statements of all connections while `work` runs, but what is sent in the background. `work` sees them come;
 * `onValues` gets the values of each.
 */
export async function recordStatements(
  work: (sent: readonly SentStatement[]) => Promise<unknown>,
  onValues: (values: unknown[]) => void = () => {},
): Promise<SentStatement[]> {
  const sent: SentStatement[] = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function record(this: pg.Client, ...args: unknown[]) {
    const [query] = args as [string | { text: string; name?: string; values?: unknown[] }];
    const statement =
      typeof query === "string" ? { text: query, name: undefined } : { text: query.text, name: query.name };
    if (!background.test(statement.text)) {
      sent.push(statement);
      onValues((typeof query === "string" ? undefined : query.values) ?? []);
    }
    return (original as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof original;
  try {
    await work(sent);
  } finally {
    pg.Client.prototype.query = original;
  }
  return sent;
}

/** Those of the statements that read the logs of runs for followers. */
export function readingsOfRuns(sent: readonly SentStatement[]): SentStatement[] {
  return sent.filter(({ text }) => text.includes("run.last_event_seq AS last"));
}
