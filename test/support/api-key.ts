import { type Scope, scopes } from "../../src/auth/viewer.js";
import { openApiKeys } from "../../src/server/open-api-keys.js";

/** Makes an API key in a service's database: for ever and with every scope unless said otherwise. */
export async function createKey(
  { databaseUrl }: { databaseUrl: string },
  options: { tenant?: string; scopes?: readonly Scope[]; expiresInSeconds?: number; name?: string } = {},
): Promise<{ key: string; id: string; prefix: string }> {
  await using keys = await openKeys(databaseUrl);
  const { key, row } = await keys.create(options.tenant ?? "acme", {
    name: options.name ?? "key of a test",
    scopes: options.scopes ?? scopes,
    expiresAt: null,
    expiresInSeconds: options.expiresInSeconds ?? null,
  });
  return { key, id: row.id, prefix: row.prefix };
}

/** Revokes an API key, and resolves once that is committed. */
export async function revokeKey({ databaseUrl }: { databaseUrl: string }, id: string): Promise<void> {
  await using keys = await openKeys(databaseUrl);
  await keys.revoke(id);
}

/** All API keys of the database. */
export async function listKeys({ databaseUrl }: { databaseUrl: string }) {
  await using keys = await openKeys(databaseUrl);
  return await keys.list(null);
}

async function openKeys(url: string) {
  const keys = await openApiKeys({ kind: "url", url }, () => {});
  return { ...keys, [Symbol.asyncDispose]: () => keys.close() };
}
