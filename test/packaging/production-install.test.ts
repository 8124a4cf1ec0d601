// What `npm ci --omit=dev` installs, read from package-lock.json. npm leaves out what is marked `dev` there and nothing
// else: a tool that a dependency names as an optional peer is marked `devOptional`, and comes with all that it needs.
// An alias in devDependencies keeps such a tool from being that peer: `"prisma-cli": "npm:prisma@..."`.

import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

interface LockedPackage {
  /** The package's own name. Missing if it is the folder's. */
  readonly name?: string;
  readonly dev?: boolean;
  readonly engines?: { readonly node?: string };
  readonly hasInstallScript?: boolean;
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
const manifest: { allowScripts: Record<string, boolean> } = JSON.parse(
  await readFile("package.json", "utf8"),
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

it.each(["20.19.0", "22.15.0", "24.0.0"])("nothing that is installed refuses Node %s", (version) => {
  const refusing = Object.entries(lock.packages).filter(
    ([, { engines }]) => engines?.node && !admits(engines.node, version),
  );
  expect(refusing.map(([path, { engines }]) => `${path}: ${engines?.node}`)).toEqual([]);
});

it("npm ci prints no warning", () => {
  // Without the network and without a change: npm warns of engines and install scripts before it fetches anything.
  const { status, stderr } = spawnSync("npm", ["ci", "--dry-run", "--offline"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

it("every install script is allowed or refused, so that npm does not ask", () => {
  const asking = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(asking.map(([path]) => ownName(path)).filter((name) => !(name in manifest.allowScripts))).toEqual(
    [],
  );
});

/** Whether a range of versions holds a version. Of npm's ranges it knows those that are used for Node: `>=20`, `^20.19.0`, `*`. */
function admits(range: string, version: string): boolean {
  return range.split("||").some((alternative) => {
    const [, sign, bound = ""] = /^(>=|\^)? *([\d.x*]+)$/.exec(alternative.trim()) ?? [];
    const isMajorFree = sign === ">=" || bound === "*";
    return (
      compare(version, bound) >= 0 &&
      (isMajorFree || compare(version, `${Number.parseInt(bound, 10) + 1}`) < 0)
    );
  });
}

/** Below 0 if the first version is the older one. What a version leaves out is 0. */
function compare(version: string, other: string): number {
  const [parts, others] = [version, other].map((text) => text.split(".").map((part) => Number(part) || 0));
  const differences = [0, 1, 2].map((place) => (parts?.[place] ?? 0) - (others?.[place] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

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
