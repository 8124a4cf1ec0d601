// The labels and projects of the sessions that are in a list: one look at an index for each of them, however many sessions it has.
import { type TenantClient, findsAny, statement } from "./statement.js";

/** Finds the labels that sessions have which are in a list, in their order, of one project and with one beginning where that is said. */
export async function findLabels(
  client: TenantClient,
  search: { prefix: string; projectId: string | null; limit: number },
): Promise<string[]> {
  return (await client.rows(labels, { ...search, after: "" })).map(({ name }) => name);
}

/** Finds the projects of sessions which are in a list, in their order, after a name. */
export async function findProjects(
  client: TenantClient,
  search: { after: string; limit: number },
): Promise<string[]> {
  return (await client.rows(projects, search)).map(({ name }) => name);
}

/** The SQL of names one after another: `next` gives that of the name after one, which is null after the last; what is not `wanted` ends them too. */
const each = (next: (after: string) => string, wanted: string) => `
  WITH RECURSIVE used AS (
    SELECT ${next(":after::text")} AS name
    UNION ALL SELECT ${next("used.name")} FROM used WHERE ${wanted}
  ) SELECT name FROM used WHERE ${wanted} LIMIT :limit`;

const isListed = "NOT expired AND coalesce(expires_at > statement_timestamp(), true)";

const labels = statement<
  { name: string },
  { prefix: string; projectId: string | null; limit: number; after: string }
>(
  each(
    (after) => `(SELECT label FROM session_label
      WHERE tenant_id = :tenantId AND label > ${after} AND label >= :prefix
        AND (:projectId::text IS NULL OR project_id = :projectId)
        AND ${findsAny(
          `FROM session WHERE session.tenant_id = :tenantId AND session.id = session_label.session_id AND ${isListed}`,
        )}
      ORDER BY label LIMIT 1)`,
    "starts_with(used.name, :prefix)",
  ),
);

const projects = statement<{ name: string }, { after: string; limit: number }>(
  each(
    (after) => `(SELECT project_id FROM session
      WHERE tenant_id = :tenantId AND project_id > ${after} AND ${isListed} ORDER BY project_id LIMIT 1)`,
    "used.name IS NOT NULL",
  ),
);
