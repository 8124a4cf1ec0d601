// What a newcomer meets first: the committed bin/agentrun-graph.js, whatever Node it is and whether there is a build.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";

const manifest: {
  version: string;
  bin: Record<string, string>;
  files: string[];
  engines: { node: string };
} = JSON.parse(readFileSync("package.json", "utf8"));
const door = manifest.bin["agentrun-graph"] ?? "";

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** The package as it is committed: without what a build makes. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), "agentrun-door-"));
  folders.push(folder);
  for (const name of ["package.json", door]) cpSync(name, join(folder, name));
  return folder;
}

/** Runs the door as a Node of this version would. */
function enter(folder: string, args: string[], version = process.versions.node) {
  const versions = `{ value: { ...process.versions, node: ${JSON.stringify(version)} } }`;
  const disguise = `data:text/javascript,Object.defineProperty(process, "versions", ${versions})`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", disguise, join(folder, door), ...args],
    { encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

it("before a build it says what to run, in one line", () => {
  expect(enter(checkout(), ["--help"])).toEqual({
    status: 1,
    stdout: "",
    stderr: "agentrun-graph: it is not built yet: run `npm ci && npm run build` in its folder first\n",
  });
});

it("is packed, is no product of the build, and works after it", () => {
  expect(manifest.files).toContain("bin");
  expect(door).not.toMatch(/^\.?\/?dist\//);
  expect(enter(resolve("."), ["--version"])).toEqual({
    status: 0,
    stdout: `${manifest.version}\n`,
    stderr: "",
  });
});

it.each(["18.20.8", "20.18.3", "20.9.0", "9.0.0"])("refuses Node %s in one line", (version) => {
  expect(enter(resolve("."), ["serve"], version)).toEqual({
    status: 1,
    stdout: "",
    stderr: `agentrun-graph: Node 20.19.0 or later is needed, this is ${version}\n`,
  });
});

it.each(["20.19.0", "20.20.2", "22.0.0", "26.1.0"])("lets Node %s in", (version) => {
  expect(enter(resolve("."), ["--version"], version).status).toBe(0);
});

it("the schema is exported, for those who generate types from it", () => {
  const require = createRequire(join(resolve("."), "package.json"));
  expect(require.resolve("agentrun-graph/schema.graphql")).toBe(resolve("schema.graphql"));
});
