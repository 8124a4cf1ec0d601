// The client as a package of its own: installed alone, in an empty folder.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, finishRun } from "../support/work.js";

const folder = mkdtempSync(join(tmpdir(), "agentrun-client-"));
let service: TestService;
let packed: string;
beforeAll(async () => {
  service = await startService();
  packed = (await run("node", [resolve("packaging/pack-client.mjs"), folder], ".")).trim();
  const typed = await run(
    "npm",
    ["pack", "--silent", "--pack-destination", folder],
    "node_modules/@graphql-typed-document-node/core",
  );
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  const flags = ["--offline", "--legacy-peer-deps", "--no-audit", "--no-fund", "--silent"];
  await run("npm", ["install", ...flags, packed, join(folder, typed.trim())], folder);
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a program prints; throws where it fails. The service that it calls goes on in this process meanwhile. */
async function run(program: string, args: string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd });
  return stdout;
}

it("is small, and brings one dependency and no server", () => {
  expect(statSync(packed).size).toBeLessThan(100 * 1024);
  const installed = readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
  expect(installed.toSorted()).toEqual(["@agentrun-graph", "@graphql-typed-document-node"]);
  const own = join(folder, "node_modules/@agentrun-graph/client");
  const manifest = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as { dependencies: object };
  expect(Object.keys(manifest.dependencies)).toEqual(["@graphql-typed-document-node/core"]);
  const scripts = readdirSync(join(own, "js"));
  const imported = scripts.flatMap((file) =>
    [
      ...readFileSync(join(own, "js", file), "utf8").matchAll(/^(?:import|export)[^"\n]*"([^."][^"]*)"/gm),
    ].map(([, name]) => name),
  );
  expect([...new Set(imported)]).toEqual(["react"]);
});

it("its types hold without the service's packages, and its program follows a run", async () => {
  const runId = await createRun(service);
  await append(service, runId, ["hello"]);
  await finishRun(service, runId);
  writeFileSync(
    join(folder, "program.ts"),
    `import { createClient, createInbox, createRunner, type TimelineEntry } from "@agentrun-graph/client";
export const runnerOf = createRunner;
export const keyOf = (entry: TimelineEntry): string => (entry.kind === "event" ? entry.event.__typename : entry.key);
const client = createClient({ url: process.argv[2]!, webSocket: (await import(process.argv[3]!)).WebSocket });
const inbox = createInbox(client, { readerId: "ada" });
for await (const { events } of client.followRun(process.argv[4]!))
  for (const event of events) console.log(event.__typename === "AssistantMessageEvent" ? event.text : event.seq);
inbox.close();
`,
  );
  writeFileSync(join(folder, "globals.d.ts"), "declare const process: { argv: string[] };");
  const options = [
    "--ignoreConfig",
    "--skipLibCheck",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--module",
    "nodenext",
    "--target",
    "es2023",
  ];
  await run(
    resolve("node_modules/.bin/tsc"),
    ["program.ts", "globals.d.ts", "--lib", "es2023,dom", "--types", "", ...options],
    folder,
  );
  const printed = await run(
    "node",
    ["program.js", service.url, resolve("node_modules/ws/wrapper.mjs"), runId],
    folder,
  );
  expect(printed).toBe("1\nhello\n3\n");
});
