import { type Scope, scopes } from "../auth/viewer.js";

/** Parses `--scopes`: words with commas between. Throws an Error that says which there are. */
export function readScopes(text: string): Scope[] {
  const words = text.split(",").map((word) => word.trim());
  const known = scopes.filter((scope) => words.includes(scope));
  if (words.every((word) => scopes.includes(word as Scope))) return known;
  throw new Error(`--scopes must be some of ${scopes.join(", ")}, with commas between`);
}
