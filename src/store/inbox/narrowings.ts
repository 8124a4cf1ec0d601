import type { LateNarrowing, Narrowing } from "../listing/listing.js";
import { amongNewer, amongRows } from "../listing/narrow.js";
import { amongTitles } from "../search/title.js";
import { type SessionFilter, wordsOf } from "./list.js";

/** By what lists that hold few sessions are found. */
export function narrowingsOf(filter: SessionFilter, readerId: string | null): (Narrowing | LateNarrowing)[] {
  const { reasons, projectId, backendProfile, updatedAfter, labelsAny, labelsAll, archived, snoozed } =
    filter;
  const words = wordsOf(filter);
  const session = { table: "session", order: "last_activity_at", isListed: true } as const;
  const label = { table: "session_label", id: "session_id", column: "label", order: "session_id" } as const;
  const marked = (column: string): Narrowing => ({
    sql: `SELECT session_id AS id FROM reader_mark WHERE tenant_id = :tenantId AND reader_id = ?::text AND ${column} IS NOT NULL ORDER BY session_id`,
    value: readerId ?? "",
  });
  return [
    ...(reasons ? [amongRows({ ...session, column: "reason", type: "attention_reason" }, reasons)] : []),
    ...(typeof projectId === "string" ? [amongRows({ ...session, column: "project_id" }, [projectId])] : []),
    ...(typeof backendProfile === "string"
      ? [amongRows({ ...session, column: "backend_profile" }, [backendProfile])]
      : []),
    ...(updatedAfter ? [amongNewer("session", "updated_at", "timestamptz", updatedAfter)] : []),
    ...(labelsAny ? [amongRows(label, labelsAny)] : []),
    ...(labelsAll ?? []).map((each) => amongRows(label, [each])),
    ...(words.length > 0 ? [amongTitles(words)] : []),
    ...(archived ? [marked("archived_version")] : []),
    ...(snoozed ? [marked("snoozed_until")] : []),
  ];
}
