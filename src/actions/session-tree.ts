import { badUserInput, notFound } from "../domain/errors.js";
import { checkId, newId, newIdAfter } from "../domain/ids.js";
import { assertFits, atRoot, placeBelow } from "../domain/session-tree.js";
import { assertSameProject } from "../domain/session.js";
import { checkName } from "../domain/text.js";
import type { SessionRow } from "../store/row.js";
import { type LockedSession, lockSession, lockSessionByName } from "../store/session-locks.js";
import { type NewSession, findSessions, insertSession } from "../store/session.js";
import type { Tx } from "../store/tx.js";
import { type SessionRef, sessionExpired } from "./session.js";

/** Names the session that a new one works for. */
export type ParentRef = SessionRef;

/** Checks the name or the id of a parent. Throws BAD_USER_INPUT if it is malformed. */
export function takeParent(ref: ParentRef, field: string): { id: string } | { sessionId: string } {
  if (typeof ref.sessionId === "string") return { sessionId: checkName(ref.sessionId, `${field}.sessionId`) };
  if (typeof ref.id !== "string") throw badUserInput(field, "must name a session by id or by sessionId");
  return { id: checkId("session", ref.id, `${field}.id`) };
}
type Parent = ReturnType<typeof takeParent>;

const field = "input.session.parent";

/**
 * Adds a session, as a root or below its parent. Gives undefined if its name is taken. Throws NOT_FOUND if the parent does not exist, TENANT_POLICY_DENIED if it is of
 * another project, CONFLICT if it has expired, and BAD_USER_INPUT if the tree would be too deep or too large.
 */
export async function addSession(
  tx: Tx,
  session: Omit<NewSession, "id" | keyof typeof atRoot>,
  parent: Parent | null,
): Promise<SessionRow | undefined> {
  if (parent === null) return insertSession(tx, { ...session, ...atRoot, id: newId("session") });
  const above = await lockParent(tx, parent);
  assertSameProject(above, session);
  if (above.past) throw sessionExpired(above);
  const [root] = above.rootId === null ? [above] : await findSessions(tx, [above.rootId]);
  assertFits(session.name, above, (root?.belowTotal ?? 0) + 1, field);
  return insertSession(tx, { ...session, ...placeBelow(above), id: newIdAfter("session", above.id) });
}

async function lockParent(tx: Tx, parent: Parent): Promise<LockedSession> {
  const row =
    "id" in parent ? await lockSession(tx, parent.id) : await lockSessionByName(tx, parent.sessionId);
  if (!row || row.removing) throw notFound("session", nameOf(parent));
  return row;
}

/** Throws BAD_USER_INPUT if a session does not stand directly below this parent: it never moves. */
export async function assertBelow(tx: Tx, session: SessionRow, parent: Parent): Promise<void> {
  const [above] = session.parentId === null ? [] : await findSessions(tx, [session.parentId]);
  if ("id" in parent ? above?.id === parent.id : above?.name === parent.sessionId) return;
  const where = above ? `below ${above.name}` : "below no other";
  throw badUserInput(
    field,
    `must be left out or name the parent that the session has: ${session.name} stands ${where}, not below ${nameOf(parent)}`,
  );
}

function nameOf(parent: Parent): string {
  return "id" in parent ? parent.id : parent.sessionId;
}
