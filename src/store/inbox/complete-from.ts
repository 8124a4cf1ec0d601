import { type TenantClient, statement } from "../statement.js";
import type { SessionFilter } from "./list.js";

/**
 * The SQL of the version before which a reader's changes may be missing, in a statement that reads the tenant's row. The
 * project and the profile are empty where the filter names none.
 */
export function completeFrom(reader: string, projectId: string, backendProfile: string): string {
  const overlaps = (column: string, value: string) => `(${value} = '' OR ${column} IN ('', ${value}))`;
  return `greatest(removed_version, (
    SELECT max(change_version) FROM reader_read_up_to
    WHERE tenant_id = :tenantId AND reader_id = ${reader}
      AND ${overlaps("project_id", projectId)} AND ${overlaps("backend_profile", backendProfile)}
  ))`;
}

/**
 * Reads before which version a reader's changes may be missing: sessions that changed last then have been removed, or the
 * reader has read more sessions of the list in one step than its followers can be told one by one.
 */
export async function readCompleteFrom(
  client: TenantClient,
  { filter, readerId }: { filter: SessionFilter; readerId: string | null },
): Promise<number> {
  const { projectId, backendProfile } = filter;
  const [row] = await client.rows(read, {
    readerId,
    projectId: projectId ?? "",
    backendProfile: backendProfile ?? "",
  });
  return row?.version ?? 0;
}
type Given = { readerId: string | null; projectId: string; backendProfile: string };
const read = statement<{ version: number }, Given>(`
  SELECT ${completeFrom(":readerId::text", ":projectId::text", ":backendProfile::text")} AS version
  FROM tenant WHERE tenant_id = :tenantId`);
