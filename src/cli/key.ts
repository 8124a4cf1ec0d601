import { isCallerName } from "../auth/claims.js";
import { parseExpiry } from "../auth/expiry.js";
import type { Scope } from "../auth/viewer.js";
import { type Flags, readDatabase } from "../server/config.js";
import { type ApiKeys, openApiKeys } from "../server/open-api-keys.js";
import { print, printError } from "./terminal.js";

/** The flags of `key create`, which say what the key is for. */
export interface CreateKeyFlags extends Flags {
  name: string;
  scopes: Scope[];
  tenant: string;
  expires?: string;
}

/** Makes an API key and prints it alone on standard output. What people want to know of it goes to standard error. */
export async function createKey(flags: CreateKeyFlags): Promise<void> {
  const { name, tenant, scopes } = flags;
  checkName("--name", name);
  checkName("--tenant", tenant);
  const expiry = parseExpiry(flags.expires, "--expires");
  const { key, row } = await withKeys(flags, (keys) => keys.create(tenant, { name, scopes, ...expiry }));
  print(`${key}\n`);
  say(
    `made ${row.id} "${name}" for tenant ${tenant} with ${scopes.join(", ")}, ` +
      `${row.expiresAt === null ? "for ever" : `until ${row.expiresAt}`}; it is not shown again`,
  );
}

/** Prints a table of API keys, of one tenant or of all. */
export async function listKeys(flags: Flags & { tenant?: string }): Promise<void> {
  if (flags.tenant !== undefined) checkName("--tenant", flags.tenant);
  const rows = await withKeys(flags, (keys) => keys.list(flags.tenant ?? null));
  const lines = rows.map((row) => [
    row.id,
    row.name,
    row.prefix,
    row.tenantId,
    row.scopes.join(","),
    ...[row.createdAt, row.expiresAt, row.lastUsedAt, row.revokedAt].map(shorten),
  ]);
  const titles = ["ID", "NAME", "PREFIX", "TENANT", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "REVOKED"];
  print(table([titles, ...lines]));
}

/** Revokes the API key of this id or prefix. One that was revoked before stays so. */
export async function revokeKey(idOrPrefix: string, flags: Flags): Promise<void> {
  const { id, name, revokedAt } = await withKeys(flags, (keys) => keys.revoke(idOrPrefix));
  print(`${id} "${name}" is revoked since ${shorten(revokedAt)}\n`);
}

async function withKeys<Result>(flags: Flags, work: (keys: ApiKeys) => Promise<Result>): Promise<Result> {
  const keys = await openApiKeys(readDatabase(process.env, flags), say);
  try {
    return await work(keys);
  } finally {
    await keys.close();
  }
}

function checkName(flag: string, value: string): void {
  if (!isCallerName(value))
    throw new Error(`${flag} must be 1 to 200 characters, not only white space, none a control character`);
}

function say(message: string): void {
  printError(`${message}\n`);
}

/** An instant to the second, or a dash if there is none. */
function shorten(instant: string | null): string {
  return instant === null ? "-" : `${instant.slice(0, 19)}Z`;
}

function table(lines: readonly string[][]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
