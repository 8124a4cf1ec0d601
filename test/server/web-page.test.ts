import { readdir, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isPageBuilt } from "../support/inbox-page.js";
import { startService, tokenAuth } from "../support/start-service.js";

const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

describe.skipIf(!isPageBuilt)("the page at /", () => {
  const open = (url: string, path = "/", headers: Record<string, string> = { accept: browserAccept }) =>
    fetch(new URL(path, url), { headers, redirect: "manual" });

  it("its scripts have at most 200 KB, compressed", async () => {
    const folder = new URL("../../dist/web/assets/", import.meta.url);
    const scripts = (await readdir(folder)).filter((name) => name.endsWith(".js"));
    const sizes = scripts.map(async (name) => gzipSync(await readFile(new URL(name, folder))).length);
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(200 * 1024);
  });

  it("runs nothing but its own files, talks to its own host alone, and its files are kept for good", async () => {
    // As in production: without introspection and GraphiQL, and with auth.
    await using service = await startService({
      config: { auth: tokenAuth, introspection: false, graphiql: false },
    });
    const page = await open(service.url);
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const { host } = new URL(service.url);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'"]),
    );
    expect(policy).toContain(`connect-src 'self' ws://${host} wss://${host}`);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(html).not.toMatch(/<script>|<style|data-graphiql|https?:/);
    const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? "");
    expect(assets.length).toBeGreaterThan(1);
    for (const path of assets) {
      const asset = await open(service.url, path, { "accept-encoding": "br" });
      expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(asset.headers.get("content-encoding")).toBe("br");
      await asset.body?.cancel();
      const etag = asset.headers.get("etag") ?? "";
      const again = await open(service.url, path, { "accept-encoding": "br", "if-none-match": etag });
      expect(again.status).toBe(304);
    }
    for (const path of ["/assets/none.js", "/assets/../index.html", "/assets/%2e%2e/index.html"])
      expect((await open(service.url, path)).status).toBe(404);
  });

  it("says where GraphiQL is, if there is one", async () => {
    await using service = await startService();
    expect(await (await open(service.url)).text()).toContain('data-graphiql="/graphql"');
  });

  it("programs are told what is where, and a browser too if it is left out", async () => {
    await using service = await startService();
    for (const accept of ["*/*", "application/json"])
      expect(await (await open(service.url, "/", { accept })).json()).toMatchObject({ api: "/graphql" });
    await using without = await startService({ config: { web: false, graphiql: false } });
    expect(await (await open(without.url)).json()).toMatchObject({ api: "/graphql" });
    expect((await open(without.url, "/assets/index.js")).status).toBe(404);
  });
});
