// The program as it is built: one bundle, of which a command reads only its own part.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const folder = "dist/cli";
const texts = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".js"))
    .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
);

it("has graphql and pg once, since their classes are compared", () => {
  const all = [...texts.values()].join("\n");
  expect(all.match(/return "GraphQLSchema"/g)).toHaveLength(1);
  expect(all.match(/class BoundPool/g)).toHaveLength(1);
  expect(packagesOf([...texts.keys()])).toEqual(["@prisma/client/runtime/client", "ioredis"]);
});

it("reads neither the graph nor the database's client before a command asks for them", () => {
  const read = readAtOnce("main.js");
  expect(read.length).toBeLessThan(10);
  expect(packagesOf(read)).toEqual([]);
  expect(read.map((name) => texts.get(name)).join("\n")).not.toMatch(
    /return "GraphQLSchema"|class BoundPool/,
  );
});

/** What a file imports by itself, without `import()`. */
function importsOf(name: string): string[] {
  const imports = (texts.get(name) ?? "").matchAll(/^(?:import|export) [^;]*?["']([^"'\n]+)["'];$/gm);
  return [...imports].map(([, from = ""]) => from);
}

/** A file and all files that it imports, by whatever number of steps. */
function readAtOnce(name: string, read = new Set<string>()): string[] {
  if (!read.has(name)) {
    read.add(name);
    for (const from of importsOf(name)) if (from.startsWith("./")) readAtOnce(from.slice(2), read);
  }
  return [...read];
}

/** The packages that files import, but Node's. */
function packagesOf(names: readonly string[]): string[] {
  const all = new Set(names.flatMap(importsOf).filter((from) => !/^(?:\.|node:)/.test(from)));
  return [...all].toSorted();
}
