// The recipe of docs/clients.md for types from the schema, done as it stands there.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "agentrun-recipe-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a project has that followed the recipe: the package, and what it installs. */
for (const name of ["@graphql-codegen", "@graphql-typed-document-node", "graphql"])
  link(`node_modules/${name}`, name);
link(".", "agentrun-graph");

function link(from: string, name: string): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(resolve(from), join(folder, "node_modules", name));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

/** Runs a program of ours in the project, and gives what it prints where it fails. */
function run(program: string, ...args: string[]): string {
  const done = spawnSync(resolve("node_modules/.bin", program), args, { cwd: folder, encoding: "utf8" });
  return done.status === 0 ? "" : `${done.stdout}${done.stderr}`;
}

/** Holds only if the types are as the page says; `@ts-expect-error` fails where there is no error. */
const use = `
import type { ResultOf } from "@graphql-typed-document-node/core";
import type { SessionRef } from "./graph/graphql";
import { sessions } from "./sessions";

type Exactly<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Session = NonNullable<ResultOf<typeof sessions>["session"]>;
export const scalars: [
  Exactly<Session["lastActivityAt"], string>,
  Exactly<Session["lastEventSeq"], number>,
  Exactly<Session["metadata"], unknown>,
] = [true, true, true];
export const one: SessionRef = { sessionId: "hello" };
// @ts-expect-error: it takes exactly one of its fields.
export const both: SessionRef = { sessionId: "hello", id: "s" };
// @ts-expect-error: it takes one at least.
export const none: SessionRef = {};
`;

it("the recipe for graphql-codegen types scalars, and inputs of which one field is to be given", () => {
  const page = readFileSync("docs/clients.md", "utf8");
  const recipe = page.slice(page.indexOf("## Types from the schema"));
  const blocks = [...recipe.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)];
  expect(blocks.map(([, file]) => file)).toEqual(["codegen.ts", "src/sessions.ts"]);
  for (const [, file = "", text = ""] of blocks) write(file, text);
  write("src/use.ts", use);
  expect(run("graphql-codegen")).toBe("");
  const options = [
    "--strict",
    "--noEmit",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--types",
    "",
  ];
  expect(run("tsc", ...options, "src/use.ts")).toBe("");
}, 120_000);
