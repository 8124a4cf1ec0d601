import { AgentRunError } from "../domain/errors.js";

/** What a caller may be allowed: `reader` reads, `runner` does a runner's mutations, `operator` does everything. */
export const scopes = ["reader", "runner", "operator"] as const;

/** One of {@link scopes}. */
export type Scope = (typeof scopes)[number];

/** Who calls, as a verified token says it. */
export interface Viewer {
  /** The tenant whose rows the caller sees and writes. */
  readonly tenantId: string;
  /** The person or program whose reading is kept, or null where the token names none. */
  readonly readerId: string | null;
  /** Everything that the caller may do: `operator` never stands here without `reader` and `runner`. */
  readonly scopes: ReadonlySet<Scope>;
  /** When the token ends, in seconds since 1970 and perhaps with a fraction; null where it never does. */
  readonly expiresAt: number | null;
}

/** The scopes among the words, and those that they imply. Words that are no scope are passed over. */
export function grantScopes(words: Iterable<string>): ReadonlySet<Scope> {
  const given = new Set(words);
  if (given.has("operator")) return new Set(scopes);
  return new Set(scopes.filter((scope) => given.has(scope)));
}

/** The caller of a service without auth: one tenant `local`, one reader `local`, every scope, for ever. */
export const localViewer: Viewer = {
  tenantId: "local",
  readerId: "local",
  scopes: grantScopes(["operator"]),
  expiresAt: null,
};

/** True where the viewer has the scope, itself or by `operator`. Does not look at `expiresAt`. */
export function mayDo(viewer: Viewer, scope: Scope): boolean {
  return viewer.scopes.has(scope);
}

/** Nothing, or FORBIDDEN that names the missing scope in its message and in `details.scope`. */
export function requireScope(viewer: Viewer, scope: Scope): void {
  if (mayDo(viewer, scope)) return;
  throw new AgentRunError(`this needs the scope "${scope}"`, { code: "FORBIDDEN", details: { scope } });
}
