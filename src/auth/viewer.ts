import { AgentRunError } from "../domain/errors.js";

/** What a caller may be allowed: `reader` reads, `runner` does a runner's mutations, `operator` does everything. */
export const scopes = ["reader", "runner", "operator"] as const;

/** One of {@link scopes}. */
export type Scope = (typeof scopes)[number];

/** A caller, as its verified token or its API key names it. */
export interface Viewer {
  /** The tenant whose rows the caller sees and writes. */
  readonly tenantId: string;
  /** The person or program whose reading is kept, or null if the token names none. An API key's is its own id. */
  readonly readerId: string | null;
  /** The caller to whom runners belong: see {@link callerOfToken} and {@link callerOfKey}. Null without auth: then nothing is bound. */
  readonly callerId: string | null;
  /** Everything that the caller may do. `operator` never stands here without `reader` and `runner`. */
  readonly scopes: ReadonlySet<Scope>;
  /** From when on the token or key is refused, in seconds since 1970, perhaps with a fraction. Null if it never ends. */
  readonly expiresAt: number | null;
}

/** Gives the scopes among the words, and those that they imply. Words that are no scope are passed over. */
export function grantScopes(words: Iterable<string>): ReadonlySet<Scope> {
  const given = new Set(words);
  if (given.has("operator")) return new Set(scopes);
  return new Set(scopes.filter((scope) => given.has(scope)));
}

/** The caller of a service without auth. It has the tenant `local`, the reader `local` and every scope, for ever. */
export const localViewer: Viewer = {
  tenantId: "local",
  readerId: "local",
  callerId: null,
  scopes: grantScopes(["operator"]),
  expiresAt: null,
};

/**
 * Gives the caller that a token's `sub` names. Tokens of a tenant without `sub` cannot be told from each other, and are
 * one caller. The word before the colon keeps the callers of tokens apart from those of API keys.
 */
export function callerOfToken(sub: string | undefined): string {
  return `sub:${sub ?? ""}`;
}

/** Gives the caller that an API key is. */
export function callerOfKey(id: string): string {
  return `key:${id}`;
}

/** Gives a text that is the same for all connections and requests of one viewer: its tenant and its reader. */
export function viewerKey(viewer: Viewer): string {
  let key = keys.get(viewer);
  if (key === undefined) {
    key = JSON.stringify([viewer.tenantId, viewer.readerId]);
    keys.set(viewer, key);
  }
  return key;
}
const keys = new WeakMap<Viewer, string>();

/** Tells whether the viewer is known by an API key. */
export function isByApiKey({ callerId }: Viewer): boolean {
  return callerId?.startsWith("key:") ?? false;
}

/** Tells whether the viewer has the scope, itself or by `operator`. Does not look at `expiresAt`. */
export function mayDo(viewer: Viewer, scope: Scope): boolean {
  return viewer.scopes.has(scope);
}

/** Throws FORBIDDEN if the viewer lacks the scope, and names it in the message and in `details.scope`. */
export function requireScope(viewer: Viewer, scope: Scope): void {
  if (mayDo(viewer, scope)) return;
  throw new AgentRunError(`this needs the scope "${scope}"`, { code: "FORBIDDEN", details: { scope } });
}
