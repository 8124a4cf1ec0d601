import type { Instant } from "../domain/instant.js";
import type { JsonObject } from "../domain/json-value.js";
import type { SessionLink, TitleGiver } from "../domain/session-edit.js";
import { fold } from "../domain/text.js";
import { lateAt } from "./inbox/late.js";
import { joinUpTo } from "./inbox/standing.js";
import type { SessionRow } from "./row.js";
import { sessionColumns } from "./session.js";
import { type TenantClient, statement } from "./statement.js";
import type { Tx } from "./tx.js";

/** What people and agents may edit of a session, as it is to be. */
export interface EditedSession {
  title: string | null;
  titleBy: TitleGiver | null;
  labels: readonly string[];
  links: readonly SessionLink[];
  metadata: JsonObject;
  expiresAt: Instant | null;
}

/** Saves an edit of a locked session, which moves its `updatedAt` alone, and tells its followers. Its version stays. */
export async function saveEdit(tx: Tx, session: SessionRow, edited: EditedSession): Promise<SessionRow> {
  const [row] = await tx.rows(save, {
    ...edited,
    id: session.id,
    foldedTitle: edited.title === null ? null : fold(edited.title),
    links: JSON.stringify(edited.links),
  });
  if (!row) throw new Error("a locked session was not there to edit");
  await saveLabels(tx, [{ id: session.id, before: session.labels, labels: edited.labels }]);
  tx.change(session.id);
  return row;
}
type Saved = Omit<EditedSession, "links"> & { id: string; foldedTitle: string | null; links: string };
const save = statement<SessionRow, Saved>(`
  UPDATE session SET title = :title, folded_title = :foldedTitle, title_by = :titleBy::title_giver, labels = :labels::text[],
    links = :links::jsonb, metadata = :metadata, expires_at = :expiresAt, updated_at = clock_timestamp()
  WHERE tenant_id = :tenantId AND id = :id RETURNING ${sessionColumns}`);

/** The labels of a locked session, as they were and as they are to be. */
export interface LabelsEdit {
  id: string;
  before: readonly string[];
  labels: readonly string[];
}

/** Brings the rows by which sessions are found by their labels to what the locked sessions are to have. */
async function saveLabels(tx: Tx, edits: readonly LabelsEdit[]): Promise<void> {
  const dropped = pairsOf(edits.map(({ id, before, labels }) => [id, before, labels]));
  const added = pairsOf(edits.map(({ id, before, labels }) => [id, labels, before]));
  if (dropped.labels.length > 0) await tx.rows(dropLabels, dropped);
  if (added.labels.length > 0) await tx.rows(addLabels, added);
}

/** Sessions and labels, pair by pair. */
type Pairs = { sessionIds: string[]; labels: string[] };

/** The labels of each session that are in its first list and not in its second. */
function pairsOf(
  sessions: readonly [id: string, these: readonly string[], others: readonly string[]][],
): Pairs {
  const pairs = sessions.flatMap(([id, these, others]) =>
    these.flatMap((label) => (others.includes(label) ? [] : [{ id, label }])),
  );
  return { sessionIds: pairs.map(({ id }) => id), labels: pairs.map(({ label }) => label) };
}
const pairs = "unnest(:sessionIds::text[], :labels::text[]) AS pair (session_id, label)";
const dropLabels = statement<never, Pairs>(`
  DELETE FROM session_label USING ${pairs}
  WHERE session_label.tenant_id = :tenantId AND session_label.label = pair.label AND session_label.session_id = pair.session_id`);
const addLabels = statement<never, Pairs>(`
  INSERT INTO session_label (tenant_id, label, session_id, project_id)
  SELECT :tenantId, pair.label, session.id, session.project_id FROM ${pairs}
    JOIN session ON session.tenant_id = :tenantId AND session.id = pair.session_id
  ON CONFLICT DO NOTHING`);

/** The payload of a session's newest turn whose prompt is a text that is not empty. */
export async function findPrompt(client: TenantClient, sessionId: string): Promise<JsonObject | undefined> {
  return (await client.rows(prompt, { sessionId }))[0]?.payload;
}
const prompt = statement<{ payload: JsonObject }, { sessionId: string }>(`
  SELECT payload FROM command WHERE tenant_id = :tenantId AND session_id = :sessionId AND type = 'TURN'
    AND jsonb_typeof(payload -> 'prompt') = 'string' AND payload ->> 'prompt' ~ '\\S'
  ORDER BY session_seq DESC LIMIT 1`);

/**
 * Saves the labels of locked sessions while the tenant's version is held, and tells their followers. Each row is written once, with its
 * next version: its indexes cost more than all the rest.
 */
export async function saveEachLabels(tx: Tx, edits: readonly LabelsEdit[]): Promise<void> {
  if (edits.length === 0) return;
  await saveLabels(tx, edits);
  const sessions = edits.map(({ id, labels }) => ({ id, labels }));
  await tx.rows(eachLabels, { sessions: JSON.stringify(sessions) });
  for (const { id } of edits) tx.tell(id);
}
const eachLabels = statement<never, { sessions: string }>(`
  WITH taken AS (UPDATE tenant SET version = version + 1 WHERE tenant_id = :tenantId RETURNING version)
  UPDATE session SET labels = ARRAY(SELECT jsonb_array_elements_text(edited.labels)), updated_at = clock_timestamp(),
    change_version = taken.version, late_at = ${lateAt}
  FROM taken, jsonb_to_recordset(:sessions::jsonb) AS edited (id text, labels jsonb)
  WHERE session.tenant_id = :tenantId AND session.id = edited.id`);

/** The number of the newest change of a session, and of one reader's marks of it; 0 if there is no such session. */
export async function readChangeVersion(
  client: TenantClient,
  sessionId: string,
  readerId: string | null,
): Promise<number> {
  return (await readChangeVersions(client, [sessionId], readerId)).get(sessionId) ?? 0;
}

/** As {@link readChangeVersion}, of several; those that there are not, or that are being removed, are left out. */
export async function readChangeVersions(
  client: TenantClient,
  sessionIds: readonly string[],
  readerId: string | null,
): Promise<Map<string, number>> {
  const rows = await client.rows(changeVersions, { sessionIds, readerId });
  return new Map(rows.map(({ id, version }) => [id, version]));
}
type OfReader = { sessionIds: readonly string[]; readerId: string | null };
const changeVersions = statement<{ id: string; version: number }, OfReader>(`
  SELECT session.id, greatest(session.change_version, mark.change_version, up_to.change_version) AS version FROM session
    LEFT JOIN reader_mark AS mark
      ON mark.tenant_id = :tenantId AND mark.reader_id = :readerId::text AND mark.session_id = session.id
    ${joinUpTo(":readerId::text")}
  WHERE session.tenant_id = :tenantId AND session.id = ANY(:sessionIds::text[]) AND NOT session.removing`);
