import { expect, it } from "vitest";
import { startService } from "../support/start-service.js";

const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
const places = { api: "/graphql", health: "/healthz", readiness: "/readyz" };

function open(url: string, accept: string, method = "GET") {
  return fetch(new URL("/", url), { method, redirect: "manual", headers: { accept } });
}

it("where the inbox is left out, a browser that opens the service's address is led to GraphiQL", async () => {
  await using service = await startService({ config: { web: false } });
  const response = await open(service.url, browserAccept);
  expect([response.status, response.headers.get("location")]).toEqual([302, "/graphql"]);
  const page = await fetch(new URL("/", service.url), { headers: { accept: browserAccept } });
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  await page.body?.cancel();
});

it("programs are told what is where, each of which answers, and browsers too if there is no page", async () => {
  await using service = await startService({ config: { web: false, graphiql: false } });
  for (const accept of ["*/*", "application/json", browserAccept]) {
    const response = await open(service.url, accept);
    expect(response.status).toBe(200);
    expect(response.headers.get("vary")).toBe("accept");
    expect(await response.json()).toMatchObject(places);
  }
  const answers = Object.values(places).map(async (path) => {
    const { status } = await fetch(new URL(`${path}?query={__typename}`, service.url));
    return status;
  });
  expect(await Promise.all(answers)).toEqual([200, 200, 200]);
});

it("HEAD is answered without a body, and no other method is", async () => {
  await using service = await startService();
  const head = await open(service.url, "*/*", "HEAD");
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect((await open(service.url, "*/*", "POST")).status).toBe(404);
});
