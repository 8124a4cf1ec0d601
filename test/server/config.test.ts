import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig, variableNames } from "../../src/server/config.js";

let folder: string;
let brokenFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agentrun-config-"));
  brokenFile = join(folder, "backends.json");
  await writeFile(brokenFile, '[\n{ "profile": hunter2 }]');
});
afterAll(() => rm(folder, { recursive: true }));

/** What the configuration is refused for; the empty text if it is not. */
function refusalOf(env: Record<string, string>): string {
  try {
    readConfig(env);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

it("every variable has a row in docs/configuration.md, and every row is of a variable", async () => {
  const page = await readFile("docs/configuration.md", "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => row.split("|")[1]?.match(/`[A-Z_]+`/g) ?? []);
  const known = variableNames.filter((name) => name !== "NODE_ENV").map((name) => `\`${name}\``);
  expect(named.toSorted()).toEqual(known.toSorted());
});

it("a variable that is blank is as if it were not set", () => {
  const names = ["HOST", "PORT", "DATABASE_URL", "BUS_URL", "BACKENDS", "RETENTION_DAYS", "RATE_LIMIT"];
  const blank = Object.fromEntries([...names, "LOG_LEVEL", "GRAPHIQL"].map((name) => [name, " "]));
  expect(readConfig(blank)).toEqual(readConfig({}));
});

it("what is set is read without the white space around it", () => {
  expect(
    readConfig({ HOST: " localhost ", PORT: " 0 ", CORS_ORIGINS: " https://a , https://b," }),
  ).toMatchObject({ host: "localhost", port: 0, corsOrigins: ["https://a", "https://b"] });
});

const numbers: [string, number, number][] = [
  ["PORT", 0, 65_535],
  ["DATABASE_CONNECTIONS", 2, 1_000],
  ["RETENTION_DAYS", 1, 36_500],
  ["SOCKETS_PER_VIEWER", 1, 1_000_000],
  ["RATE_LIMIT", 0, 1_000_000_000],
  ["LIMIT_CONNECTIONS", 1, 1_000_000],
  ["LIMIT_TOKENS", 1, 1_000_000_000],
];

describe.each(numbers)("%s", (name, min, max) => {
  it(`may be ${min} to ${max}`, () => {
    for (const value of [min, max]) expect(refusalOf({ [name]: String(value) })).toBe("");
  });

  it.each(["abc", "1.5", "-1", "1e3", "0x10", String(min - 1), String(max + 1)])("is not %s", (value) => {
    expect(refusalOf({ [name]: value })).toBe(
      `${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`,
    );
  });
});

it.each(["off", "0", "false", "OFF"])("WEB=%s leaves the inbox out", (word) => {
  expect(readConfig({}).web).toBe(true);
  expect(readConfig({ WEB: word }).web).toBe(false);
});

it("CORS_ORIGINS are told in the form in which browsers send them", () => {
  const given = "https://App.example:443/, http://localhost:5173, app-id://Some.Page, *";
  expect(readConfig({ CORS_ORIGINS: given }).corsOrigins).toEqual([
    "https://app.example",
    "http://localhost:5173",
    "app-id://Some.Page",
    "*",
  ]);
});

it.each([
  "app.example",
  "https://app.example/page",
  "https://",
  "null",
  "https://*.example",
  "https://a b",
  "https://u@a",
])("CORS_ORIGINS is not %s", (origin) => {
  expect(refusalOf({ CORS_ORIGINS: `https://app.example, ${origin}` })).toBe(
    `CORS_ORIGINS must be origins with commas between, such as https://app.example or http://localhost:5173, or *, not ${JSON.stringify(origin)}`,
  );
});

it("what is wrong is told all at once", () => {
  expect(refusalOf({ PORT: "abc", RATE_LIMIT: "many", GRAPHIQL: "perhaps" }).split("\n")).toEqual([
    'PORT must be a whole number from 0 to 65535, not "abc"',
    'RATE_LIMIT must be a whole number from 0 to 1000000000, not "many"',
    'GRAPHIQL must be 1, true, on, 0, false or off, not "perhaps"',
  ]);
});

it("of a long value the first 100 characters are told", () => {
  expect(refusalOf({ LOG_LEVEL: "x".repeat(1_000_000) })).toMatch(/, not "x{100}…"$/);
});

describe("BACKENDS is refused by what is wrong with it, and nothing of it is told", () => {
  it.each<[string, string, RegExp]>([
    ["broken JSON", '[{ "profile": hunter2 }]', /^BACKENDS is JSON that is broken/],
    ["JSON that breaks off", "[", /^BACKENDS is JSON that is broken/],
    ["an object", "{}", /^BACKENDS must be .* a list: .*; it is an object$/],
    [
      "a missing file",
      "/nowhere/hunter1.json",
      /^BACKENDS names a file that cannot be read \(ENOENT\): "\/nowhere/,
    ],
    ["an entry that is none", '[{ "profile": "a" }, 7]', /^BACKENDS\[1\] must be an object, not a number$/],
    ["an entry without a name", '[{ "capabilities": {} }]', /^BACKENDS\[0\]\.profile is missing$/],
    [
      "a key that is misspelt",
      '[{ "profile": "a", "capabilites": "hunter2" }]',
      /^BACKENDS\[0\] has a key that is neither profile nor capabilities$/,
    ],
    ["a name that is none", '[{ "profile": 7 }]', /^BACKENDS\[0\]\.profile must be a text, not a number$/],
    ["a blank name", '[{ "profile": " " }]', /^BACKENDS\[0\]\.profile must have 1 to 200 characters/],
    [
      "capabilities that are none",
      '[{ "profile": "a", "capabilities": ["hunter2"] }]',
      /^BACKENDS\[0\]\.capabilities must be an object, not a list$/,
    ],
  ])("%s", (_what, value, message) => {
    expect(refusalOf({ BACKENDS: value })).toMatch(message);
    expect(refusalOf({ BACKENDS: value })).not.toContain("hunter2");
  });

  it("a file of broken JSON", () => {
    const refusal = refusalOf({ BACKENDS: brokenFile });
    expect(refusal).toMatch(/^BACKENDS is a file \(".*backends\.json"\) of JSON that is broken/);
    expect(refusal).not.toContain("hunter2");
  });

  it("but not without capabilities, which are none then", () => {
    const { backends } = readConfig({
      BACKENDS: '[{ "profile": "a" }, { "profile": "b", "capabilities": {} }]',
    });
    expect(backends).toEqual(["a", "b"].map((profile) => ({ profile, capabilities: {} })));
  });
});

describe("DATABASE_URL", () => {
  it.each(["localhost", "mysql://u:hunter2@h/db", "h:5432/hunter2", "http://u:hunter2@h"])(
    "is not %s",
    (url) => {
      expect(refusalOf({ DATABASE_URL: url })).toMatch(
        /^DATABASE_URL must be a postgres:\/\/ or postgresql:\/\/ URL(?!.*hunter2)/,
      );
    },
  );

  it.each(["pa#ss", "pa/ss", "pa%ss", "pa?ss"])("holds %s percent-encoded only", (password) => {
    const urlOf = (text: string) => `postgresql://u:${text}@h/db`;
    expect(refusalOf({ DATABASE_URL: urlOf(password) })).toMatch(
      /^DATABASE_URL cannot be read as a URL: .*percent-encoded(?!.*pa.ss)/,
    );
    const url = urlOf(encodeURIComponent(password));
    expect(readConfig({ DATABASE_URL: url }).database).toEqual({ kind: "url", url });
  });

  it.each(["postgres:///db?host=/var/run/postgresql", "postgres://u:p@/db?host=/run", "postgresql://h"])(
    "may be %s",
    (url) => expect(readConfig({ DATABASE_URL: url }).database).toEqual({ kind: "url", url }),
  );

  it("is not looked at beside --embedded and --ephemeral, since it may be another program's", () => {
    for (const flags of [{ embedded: true }, { ephemeral: true }])
      expect(readConfig({ DATABASE_URL: "mysql://h" }, flags).database.kind).toBe("embedded");
  });
});

it("GraphiQL is off with introspection, and refused by name where it is asked for without", () => {
  const production = { NODE_ENV: "production", DATABASE_URL: "postgres://p@h/d" };
  expect(readConfig({})).toMatchObject({ introspection: true, graphiql: true });
  expect(readConfig({ INTROSPECTION: "0" })).toMatchObject({ introspection: false, graphiql: false });
  expect(readConfig({ ...production, INTROSPECTION: "1", GRAPHIQL: "1" })).toMatchObject({
    graphiql: true,
  });
  for (const off of [{ INTROSPECTION: "0" }, production])
    expect(refusalOf({ ...off, GRAPHIQL: "1" })).toContain("GRAPHIQL must be off while INTROSPECTION is off");
});
