import { it } from "vitest";
import { chromium } from "playwright-core";
import { mkdtempSync } from "node:fs";
import { startService, tokenAuth, tokenFor, callerOf, answered } from "../support/service.js";
import { createRun, append } from "../support/work.js";
it("times", async () => {
  await using service = await startService();
  for (const enc of ["br", "gzip", "identity", "br", "br"]) { const t = performance.now(); const r = await fetch(service.url, { headers: { accept: "text/html", "accept-encoding": enc } }); await r.text(); console.log(enc, performance.now() - t, r.headers.get("content-length")); }
});
it("explore", async () => {
  await using service = await startService({ config: { auth: tokenAuth } });
  const token = await tokenFor("acme");
  const call = callerOf(service.url, token);
  const asks = { ask: (q: string, v: any) => answered(call(q, v)) } as any;
  const run = await createRun(asks, { session: { sessionId: "s1", metadata: { title: "T" } } });
  await append(asks, run, ["one", "two"]);
  const context = await chromium.launchPersistentContext(mkdtempSync("/tmp/chr-"), { viewport: { width: 1400, height: 900 }, executablePath: "/usr/bin/chromium", args: ["--headless","--no-sandbox","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"] });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.on("console", (m) => console.log("console", m.type(), m.text(), m.location().url.slice(0,100)));
  page.on("pageerror", (e) => console.log("pageerror", e.message));
  page.on("websocket", (w) => { console.log("ws", w.url()); w.on("framesent", (f) => console.log("sent", String(f.payload).slice(0,60))); w.on("framereceived", (f) => console.log("got", String(f.payload).slice(0,90)))});
  const show = async () => { console.log(await page.locator("[role=tab]").allTextContents()); console.log(await page.evaluate(() => { const n: any = performance.getEntriesByType("navigation")[0]; return [n.transferSize, n.encodedBodySize, n.decodedBodySize, n.responseEnd, n.domInteractive]; })); };
  for (let i = 0; i < 3; i++) {
    const t = Date.now();
    await page.goto(service.url, { waitUntil: "domcontentloaded" });
    await page.waitForSelector(".graphiql-query-editor .view-line");
    console.log(Date.now() - t); await show();
  }
  await page.screenshot({ path: "/tmp/g3.png" });
  await page.evaluate(() => localStorage.setItem("graphiql:shouldPersistHeaders", "true"));
  await page.reload(); await page.waitForSelector(".graphiql-query-editor .view-line");
  await page.locator(".graphiql-editor:not(.hidden) .monaco-editor").last().click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(`{ "Authorization": "Bearer ${token}" }`);
  await page.screenshot({ path: "/tmp/g4.png" });
  await page.click('button.graphiql-execute-button');
  await page.waitForFunction(() => /tenantId/.test(document.querySelector(".result-window")?.textContent ?? ""));
  console.log(await page.evaluate(() => Object.fromEntries(Object.keys(localStorage).map((k) => [k, localStorage.getItem(k)!.slice(0, 100)]))));
  await page.reload(); await page.waitForSelector(".graphiql-query-editor .view-line"); await show();
  await page.locator("[role=tab]", { hasText: "FollowRun" }).click();
  await page.click('button.graphiql-execute-button');
  await page.waitForFunction(() => /caughtUp/.test(document.querySelector(".result-window")?.textContent ?? ""));
  await append(asks, run, ["live-one"]);
  await page.waitForFunction(() => /live-one/.test(document.querySelector(".result-window")?.textContent ?? ""));
  await page.click('button.graphiql-execute-button');
  await page.screenshot({ path: "/tmp/g5.png" });
  await context.close();
});
