// What `npm ci --omit=dev` installs, read from package-lock.json. npm leaves out what is marked `dev` there and nothing
// else: a tool that a dependency names as an optional peer is marked `devOptional`, and comes with all that it needs.
// An alias in devDependencies keeps such a tool from being that peer: `"prisma-cli": "npm:prisma@..."`.

import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

interface LockedPackage {
  /** The package's own name. Missing if it is the folder's. */
  readonly name?: string;
  readonly dev?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
}

const root = "";
const modules = "node_modules/";

const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
  await readFile("package-lock.json", "utf8"),
);
const installed = Object.entries(lock.packages).flatMap(([path, { dev }]) =>
  path === root || dev ? [] : [path],
);

it("a production install gets only what the service's dependencies need", () => {
  const needed = neededBy(root);
  expect(installed.filter((path) => !needed.has(path))).toEqual([]);
});

it("a production install gets none of the tools that build and test the service", () => {
  const tools = Object.keys(lock.packages[root]?.devDependencies ?? {})
    .filter((name) => !name.startsWith("@types/"))
    .map((name) => ownName(modules + name));
  expect(tools).toEqual(expect.arrayContaining(["prisma", "typescript", "vitest"]));
  expect(installed.map(ownName).filter((name) => tools.includes(name))).toEqual([]);
});

/** The paths of all that a package needs, by whatever number of steps; optional peers are not needed. */
function neededBy(path: string, found = new Set<string>()): Set<string> {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = lock.packages[path]!;
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
    const dependency = resolveFrom(path, name);
    if (dependency === undefined || found.has(dependency)) continue;
    found.add(dependency);
    neededBy(dependency, found);
  }
  return found;
}

/** Where Node finds a package that the one at `path` imports; nowhere if it is not in the lock file. */
function resolveFrom(path: string, name: string): string | undefined {
  const candidate = `${path === root ? "" : `${path}/`}${modules}${name}`;
  if (candidate in lock.packages) return candidate;
  if (path === root) return undefined;
  return resolveFrom(path.slice(0, Math.max(0, path.lastIndexOf(modules) - 1)), name);
}

/** The name under which a package is published, whatever folder an alias gives it. */
function ownName(path: string): string {
  return lock.packages[path]?.name ?? path.slice(path.lastIndexOf(modules) + modules.length);
}
