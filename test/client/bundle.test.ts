import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import WebSocket from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runScript } from "../support/program.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, finishRun } from "../support/work.js";

let service: TestService;
let runId: string;
beforeAll(async () => {
  service = await startService();
  runId = await createRun(service);
  await append(service, runId, ["hello"]);
  await finishRun(service, runId);
});
afterAll(() => service.close());

const entry = "dist/client/client.js";

/** What follows the run with `createClient`, and gives the seqs of all events. */
function following(): string {
  return `
    const client = createClient({ url: ${JSON.stringify(service.url)}, webSocket: WebSocket });
    const { viewer } = await client.request("{ viewer { tenantId } }", {});
    const seqs = [viewer.tenantId];
    for await (const { events } of client.followRun("${runId}")) seqs.push(...events.map(({ seq }) => seq));`;
}

it("a Node program follows a run with the built client, and ends by itself", async () => {
  const program = runScript(`
    import WebSocket from "ws";
    import { createClient } from "./${entry}";
    ${following()}
    console.log(seqs.join());`);
  expect(await program.ended).toBe(0);
  expect(program.stdout()).toBe("local,1,2,3\n");
});

it("a bundle for browsers needs nothing of Node, and follows a run", async () => {
  const code = await bundleForBrowsers(entry);
  expect(code).not.toMatch(/["']node:|\brequire\(|\bprocess\b|\bBuffer\b/);
  const { fetch, setTimeout, clearTimeout, queueMicrotask, performance } = globalThis;
  const platform = { fetch, setTimeout, clearTimeout, queueMicrotask, performance };
  const page = createContext({ ...platform, URL, AbortController, AbortSignal, WebSocket });
  runInContext(code, page);
  const seqs = await runInContext(
    `(async () => { const { createClient } = agentrun; ${following()} return seqs.join(); })()`,
    page,
  );
  expect(seqs).toBe("local,1,2,3");
});

/** One script that sets `agentrun`, made by the bundler that Vitest brings with Vite. */
async function bundleForBrowsers(input: string): Promise<string> {
  const vite = createRequire(createRequire(import.meta.url).resolve("vitest")).resolve("vite");
  const bundlerPath = pathToFileURL(createRequire(vite).resolve("rolldown")).href;
  const { rolldown } = await import(bundlerPath);
  const bundle = await rolldown({ input, platform: "browser", logLevel: "silent" });
  const { output } = await bundle.generate({ format: "iife", name: "agentrun" });
  await bundle.close();
  expect(output).toHaveLength(1);
  return output[0].code;
}
