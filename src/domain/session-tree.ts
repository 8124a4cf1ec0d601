import { badUserInput } from "./errors.js";
import type { AttentionReason } from "./inbox/attention.js";

/** How many sessions may stand above one. */
export const maxAncestors = 16;

/** How many sessions a tree may hold, its root included. */
export const maxTreeSessions = 10_000;

/** The reasons that a root shows of what is below it, the strongest first. */
export const strongReasons = [
  "NEEDS_APPROVAL",
  "NEEDS_INPUT",
  "STALE",
  "WORKING",
] as const satisfies readonly AttentionReason[];

/** Where a session stands in its tree. */
export interface TreePlace {
  /** The session that it works for; null for a root. */
  parentId: string | null;
  /** The session above all of these; null for a root. */
  rootId: string | null;
  /** All sessions above it, the root first. */
  ancestors: readonly string[];
}

/** The place of a session that works for no other. */
export const atRoot: TreePlace = { parentId: null, rootId: null, ancestors: [] };

/** Gives the place directly below a session. */
export function placeBelow(parent: { id: string } & TreePlace): TreePlace {
  return {
    parentId: parent.id,
    rootId: parent.rootId ?? parent.id,
    ancestors: [...parent.ancestors, parent.id],
  };
}

/** Throws BAD_USER_INPUT if a new session below the parent would stand too deep, or in a tree that is full. */
export function assertFits(
  name: string,
  parent: { name: string } & TreePlace,
  treeSessions: number,
  field: string,
): void {
  if (parent.ancestors.length >= maxAncestors)
    throw badUserInput(
      field,
      `must stand under fewer than ${maxAncestors} others: ${parent.name} cannot have ${name} below it`,
    );
  if (treeSessions >= maxTreeSessions)
    throw badUserInput(
      field,
      `must be in a tree of fewer than ${maxTreeSessions} sessions: ${parent.name} cannot have ${name} below it`,
    );
}
