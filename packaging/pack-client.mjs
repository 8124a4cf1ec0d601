// Packs the client as a package of its own, of what the build has made: `npm run pack:client -- FOLDER`. The script is one bundle, so that graphql-ws
// is in it and no dependency; of the types it has those that programs can reach.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const stage = join(root, ".pack/client");
const target = resolve(process.argv[2] ?? ".");
const entries = { client: join(dist, "client/client.js"), react: join(dist, "client/react.js") };

rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });

const bundle = await rolldown({
  input: entries,
  platform: "neutral",
  external: ["react"],
  resolve: { mainFields: ["module", "main"], conditionNames: ["import", "default"] },
  logLevel: "silent",
});
await bundle.write({ dir: join(stage, "js"), format: "esm", chunkFileNames: "[name].js" });
await bundle.close();

/** Copies a file of types and all that it names. */
const copied = new Set();
function copyTypes(file) {
  if (copied.has(file)) return;
  copied.add(file);
  const text = readFileSync(file, "utf8").replace(/\n\/\/# sourceMappingURL=.*/, "");
  const copy = join(stage, "types", relative(dist, file));
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, text);
  for (const [, path] of text.matchAll(/(?:from|import\() ?"(\.[^"]+)\.js"/g)) copyTypes(join(dirname(file), `${path}.d.ts`));
}
for (const entry of Object.values(entries)) copyTypes(entry.replace(/\.js$/, ".d.ts"));

const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const typed = "@graphql-typed-document-node/core";
const exported = (name) => ({ types: `./types/client/${name}.d.ts`, default: `./js/${name}.js` });
const manifest = {
  name: "@agentrun-graph/client",
  version: own.version,
  description: "Calls and follows agentrun-graph from Node and browsers: runners, inboxes and timelines as stores, and hooks for React.",
  license: own.license,
  type: "module",
  sideEffects: false,
  exports: { ".": exported("client"), "./react": exported("react"), "./package.json": "./package.json" },
  dependencies: { [typed]: `^${own.dependencies[typed]}` },
  peerDependencies: own.peerDependencies,
  peerDependenciesMeta: own.peerDependenciesMeta,
  engines: own.engines,
};
writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
cpSync(join(root, "LICENSE"), join(stage, "LICENSE"));
cpSync(join(root, "packaging/client.md"), join(stage, "README.md"));
mkdirSync(target, { recursive: true });
const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", target], { cwd: stage, encoding: "utf8" });
process.stdout.write(`${join(target, packed.trim())}\n`);
