import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, createTestDatabase } from "../support/database.js";
import { openSocket } from "../support/following/open-socket.js";
import { graphql } from "../support/graphql.js";
import { runProgram, runService } from "../support/program.js";
import { asking, callerOf, codeOf } from "../support/start-service.js";

let database: TestDatabase;
let env: Record<string, string>;
beforeAll(async () => {
  // Without migrations: a key can be made before the service was ever started.
  database = await createTestDatabase({ empty: true });
  env = { DATABASE_URL: database.url };
});
afterAll(() => database.drop());

/** What `agentrun-graph key` with these arguments printed, and how it ended. */
async function key(...args: string[]) {
  const program = runProgram(["key", ...args], env);
  const code = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

/** The columns of the row of `key list` that holds a word. */
async function rowOf(word: string, ...flags: string[]): Promise<Record<string, string>> {
  const lines = (await key("list", ...flags)).stdout.trimEnd().split("\n");
  const cells = (line = "") => line.split(/ {2,}/);
  const row = cells(lines.find((line) => line.includes(word)));
  return Object.fromEntries(cells(lines[0]).map((title, index) => [title, row[index] ?? ""]));
}

const whoIsKey = graphql(`query WhoIsKey { viewer { tenantId readerId scopes } }`);
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

it("create prints the key alone, list never shows it, and two nodes refuse it once it is revoked", async () => {
  const made = await key(
    "create",
    "--name",
    "nightly build",
    "--scopes",
    "runner, reader",
    "--expires",
    "30d",
  );
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^agk_[\w-]{43}\n$/) });
  const token = made.stdout.trim();
  expect(made.stderr).not.toContain(token);
  const prefix = token.slice(0, 12);
  const row = await rowOf(prefix);
  expect(row).toEqual({
    ID: expect.stringMatching(/^key_[0-9a-f]{32}$/),
    NAME: "nightly build",
    PREFIX: prefix,
    TENANT: "local",
    SCOPES: "reader,runner",
    CREATED: instant,
    EXPIRES: instant,
    "LAST USED": "-",
    REVOKED: "-",
  });
  const days = (Date.parse(row["EXPIRES"] ?? "") - Date.parse(row["CREATED"] ?? "")) / 86_400_000;
  expect(Math.round(days)).toBe(30);
  expect((await key("list")).stdout).not.toContain(token);

  const nodes = await Promise.all([
    runService({ ...env, AUTH_KEYS: "1" }),
    runService({ ...env, AUTH_KEYS: "1", AUTH_SECRET: "a secret of at least thirty-two bytes!" }),
  ]);
  const viewer = { tenantId: "local", readerId: row["ID"], scopes: ["reader", "runner"] };
  for (const { url } of nodes) {
    expect((await asking(callerOf(url, token)).ask(whoIsKey)).viewer).toEqual(viewer);
    // Strangers are refused: AUTH_KEYS alone is auth.
    for (const other of [undefined, "nonsense", `agk_${"x".repeat(43)}`])
      expect(await codeOf(callerOf(url, other)(whoIsKey))).toBe("UNAUTHENTICATED");
  }
  await expect.poll(async () => (await rowOf(prefix))["LAST USED"]).toEqual(instant);

  const sockets = await Promise.all(nodes.map(({ url }) => openSocket(url, token)));
  expect(await key("revoke", prefix)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(row["ID"] ?? ""),
  });
  const revokedAt = performance.now();
  const codes = () => Promise.all(nodes.map(({ url }) => codeOf(callerOf(url, token)(whoIsKey))));
  await expect.poll(codes).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
  for (const { closed } of sockets) expect((await closed)[0]).toBe(4403);
  expect(performance.now() - revokedAt).toBeLessThan(50_000);
  const revoked = await rowOf(prefix);
  expect(revoked).toMatchObject({ REVOKED: instant });
  expect(await key("revoke", row["ID"] ?? "")).toMatchObject({ code: 0 });
  expect((await rowOf(prefix))["REVOKED"]).toBe(revoked["REVOKED"]);
  for (const { child, ended } of nodes) {
    child.kill("SIGTERM");
    await ended;
  }
});

it("list shows one tenant's keys, or all; an instant is taken as it is", async () => {
  const expires = "2999-01-31T00:00:00+01:00";
  await key("create", "--name", "one", "--scopes", "operator", "--tenant", "acme", "--expires", expires);
  await key("create", "--name", "other", "--scopes", "reader", "--tenant", "globex");
  expect(await rowOf("one")).toMatchObject({
    TENANT: "acme",
    SCOPES: "operator",
    EXPIRES: "2999-01-30T23:00:00Z",
  });
  expect(await rowOf("other", "--tenant", "globex")).toMatchObject({ TENANT: "globex", EXPIRES: "-" });
  expect((await key("list", "--tenant", "globex")).stdout).not.toContain("acme");
});

describe("refused, with the flag and what is allowed, is", () => {
  const create = ["create", "--name", "x", "--scopes", "reader"];
  it.each<[string, string[], RegExp]>([
    ["no name", ["create", "--scopes", "reader"], /'--name <text>' not specified/],
    ["no scopes", ["create", "--name", "x"], /'--scopes <words>' not specified/],
    ["a blank name", ["create", "--name", " ", "--scopes", "reader"], /--name must be 1 to 200 characters/],
    [
      "an unknown scope",
      ["create", "--name", "x", "--scopes", "root"],
      /--scopes must be some of reader, runner, operator/,
    ],
    [
      "an empty scope",
      ["create", "--name", "x", "--scopes", ""],
      /--scopes must be some of reader, runner, operator/,
    ],
    [
      "a tenant with a control character",
      [...create, "--tenant", "a\nb"],
      /--tenant must be 1 to 200 characters/,
    ],
    [
      "a time that is none",
      [...create, "--expires", "tomorrow"],
      /--expires must be an instant to come .* such as 30d/,
    ],
    [
      "a time without a zone",
      [...create, "--expires", "2999-01-01T00:00:00"],
      /--expires must be an instant/,
    ],
    [
      "a time that has passed",
      [...create, "--expires", "2020-01-01T00:00:00Z"],
      /--expires must be an instant to come/,
    ],
    ["no time at all", [...create, "--expires", "0d"], /--expires must be .* from 1 s to 100 years/],
    [
      "a time beyond a hundred years",
      [...create, "--expires", "36501d"],
      /--expires must be .* from 1 s to 100 years/,
    ],
    ["an unknown key", ["revoke", "agk_whatever"], /no key has this id or prefix: give an id \(key_\.\.\.\)/],
    ["no key", ["revoke"], /missing required argument 'id-or-prefix'/],
  ])("%s", async (_what, args, message) => {
    const { code, stdout, stderr } = await key(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("a whole key, which is not repeated", async () => {
    const token = `agk_${"s".repeat(43)}`;
    expect((await key("revoke", token)).stderr).not.toContain("sss");
  });

  it.each(["yes", " ", "true"])("AUTH_KEYS=%j", async (AUTH_KEYS) => {
    const program = runProgram(["serve"], { ...env, AUTH_KEYS });
    expect(await program.ended).toBe(1);
    expect(program.stderr()).toMatch(/AUTH_KEYS (must be 1|is blank)/);
  });
});
