import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { environmentWithoutToken, readServiceToken } from "../../src/cli/service-token.js";

const folder = mkdtempSync(join(tmpdir(), "agentrun-token-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const file = fileOf("token", "  from.a-file\r\n");

describe("the token of a command", () => {
  it.each<[string, string | undefined, NodeJS.ProcessEnv, string | undefined]>([
    ["is none where nobody gives one", undefined, {}, undefined],
    ["is none in empty variables", undefined, { AGENTRUN_TOKEN: " ", AGENTRUN_TOKEN_FILE: "" }, undefined],
    ["is that of AGENTRUN_TOKEN", undefined, { AGENTRUN_TOKEN: " a.token\n" }, "a.token"],
    ["is that of the file of AGENTRUN_TOKEN_FILE", undefined, { AGENTRUN_TOKEN_FILE: file }, "from.a-file"],
    ["is first that of the file of --token-file", file, { AGENTRUN_TOKEN: "a.token" }, "from.a-file"],
  ])("%s", (_what, tokenFile, env, token) => {
    expect(readServiceToken(tokenFile, env)).toBe(token);
  });

  const missing = join(folder, "missing");
  const empty = fileOf("empty", " \n");
  const two = fileOf("two", "secret-one\nsecret-two\n");
  it.each<[string, string | undefined, NodeJS.ProcessEnv, string[]]>([
    ["in a file that is missing", missing, {}, ["--token-file", missing, "ENOENT"]],
    ["in an empty name", "", { AGENTRUN_TOKEN: "secret" }, ["--token-file"]],
    ["in a folder", undefined, { AGENTRUN_TOKEN_FILE: folder }, ["AGENTRUN_TOKEN_FILE", folder, "EISDIR"]],
    ["in an empty file", undefined, { AGENTRUN_TOKEN_FILE: empty }, ["AGENTRUN_TOKEN_FILE", empty, "empty"]],
    ["in a file of two lines", two, {}, ["--token-file", two, "one token"]],
    ["in a variable of two words", undefined, { AGENTRUN_TOKEN: "secret one" }, ["AGENTRUN_TOKEN"]],
    ["that no service reads", undefined, { AGENTRUN_TOKEN: "secret".repeat(2_000) }, ["8192"]],
    [
      "in two places",
      undefined,
      { AGENTRUN_TOKEN: "secret", AGENTRUN_TOKEN_FILE: file },
      ["AGENTRUN_TOKEN and AGENTRUN_TOKEN_FILE"],
    ],
  ])("%s is refused by an error that names the place and not the token", (_what, tokenFile, env, words) => {
    const read = () => readServiceToken(tokenFile, env);
    for (const word of words) expect(read).toThrow(word);
    expect(read).not.toThrow("secret");
  });
});

it("the environment of a process has what is added to it, and no token", () => {
  const env = environmentWithoutToken({
    AGENTRUN_TOKEN: "a",
    AGENTRUN_TOKEN_FILE: "b",
    AGENTRUN_RUN_ID: "c",
  });
  expect(env).toMatchObject({ PATH: process.env["PATH"], AGENTRUN_RUN_ID: "c" });
  expect(Object.keys(env)).not.toContain("AGENTRUN_TOKEN");
  expect(Object.keys(env)).not.toContain("AGENTRUN_TOKEN_FILE");
});
