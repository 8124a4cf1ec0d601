import { decodeCursor, encodeCursor } from "../../domain/cursor.js";
import { type ChangePlace, everySession } from "../../store/inbox/changes.js";
import type { SessionFilter } from "../../store/inbox/list.js";
import type { TenantClient } from "../../store/statement.js";

/** A reader's inbox, narrowed by a filter. The reader is null if the viewer's token names none. */
export interface Inbox {
  filter: SessionFilter;
  readerId: string | null;
}

/** The scope of the cursors of what changes in an inbox. */
export function attentionScope({ tenantId }: TenantClient, { filter, readerId }: Inbox): string {
  return JSON.stringify([tenantId, "sessionAttentionChanged", filter, readerId]);
}

/** The cursor of a place among the changes of an inbox. */
export function attentionCursor(client: TenantClient, inbox: Inbox, place: ChangePlace): string {
  return encodeCursor(attentionScope(client, inbox), place);
}

/** The cursor from which what changes in an inbox goes on after a version. */
export function attentionCursorAt(client: TenantClient, inbox: Inbox, version: number): string {
  return attentionCursor(client, inbox, [version, everySession]);
}

/** The place of a cursor among the changes of an inbox. */
export function attentionPlace(client: TenantClient, inbox: Inbox, cursor: string): ChangePlace {
  const place = decodeCursor(attentionScope(client, inbox), cursor, "cursor", ["number", "text"]);
  return place as unknown as ChangePlace;
}

/** The version up to which a place has all changes. One inside a version has those before it. */
export function completeUpTo([version, sessionId]: ChangePlace): number {
  return sessionId === everySession ? version : version - 1;
}
