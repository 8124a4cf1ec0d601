import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reach } from "../../src/database/reach.js";
import { type TestDatabase, createTestDatabase } from "../support/database.js";
import { createFolder } from "../support/embedded/folder.js";
import { runProgram } from "../support/program.js";
import { certificate, openTlsProxy } from "../support/tls-proxy.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** What becomes of a database that speaks TLS alone with a certificate of `localhost` that nobody vouches for. */
async function reachBy(host: string, params: Record<string, string>): Promise<string> {
  await using proxy = await openTlsProxy(database.url);
  proxy.url.hostname = host;
  proxy.url.searchParams.delete("sslmode");
  for (const [name, value] of Object.entries(params)) proxy.url.searchParams.set(name, value);
  return await reach(proxy.url.href, () => {}).then(
    () => "reached",
    (error: Error) => error.message,
  );
}

describe("sslmode means what it means to libpq", () => {
  it.each([
    ["require", "127.0.0.1", {}, /^reached$/],
    ["require", "127.0.0.1", { ca: true }, /^reached$/],
    ["prefer", "127.0.0.1", {}, /^reached$/],
    ["allow", "127.0.0.1", {}, /^reached$/],
    ["verify-ca", "127.0.0.1", { ca: true }, /^reached$/],
    ["verify-ca", "127.0.0.1", {}, /cannot be used: .*requires specifying a CA with sslrootcert/],
    ["verify-full", "localhost", { ca: true }, /^reached$/],
    ["verify-full", "127.0.0.1", { ca: true }, /cannot be used: .*does not match certificate's altnames/],
    ["verify-full", "localhost", {}, /cannot be used: self-signed certificate/],
  ] as const)("%s at %s with %o", async (sslmode, host, { ca = false }: { ca?: boolean }, outcome) => {
    const file = join(await createFolder(), "ca.pem");
    await writeFile(file, certificate);
    const params = { sslmode, ...(ca ? { sslrootcert: file } : {}) };
    expect(await reachBy(host, params)).toMatch(outcome);
  });

  it("and nothing is printed of it", async () => {
    await using proxy = await openTlsProxy(database.url);
    proxy.url.searchParams.set("sslmode", "require");
    const program = runProgram(["migrate"], { DATABASE_URL: proxy.url.href });
    expect(await program.ended).toBe(0);
    expect([program.stdout(), program.stderr()]).toEqual(["nothing to do: every migration is applied\n", ""]);
  });
});
