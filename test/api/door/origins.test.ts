import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { startService, tokenAuth, tokenFor } from "../../support/start-service.js";

const app = "https://app.example";
const evil = "https://evil.example";
const devServer = "http://localhost:5173";

let local: Awaited<ReturnType<typeof startService>>;
let guarded: Awaited<ReturnType<typeof startService>>;
let authorization: string;
beforeAll(async () => {
  local = await startService();
  guarded = await startService({ config: { auth: tokenAuth, corsOrigins: [app] } });
  authorization = `Bearer ${await tokenFor("acme")}`;
});
afterAll(async () => {
  await local.close();
  await guarded.close();
});

interface Sent {
  status: number;
  allowed: string | undefined;
  headers: Record<string, unknown>;
}

/** Sends what a browser would, with the headers that fetch does not let go out. Gives the head of the answer. */
function send(url: string, method: string, headers: Record<string, string>, body?: string): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = request(url, { method, headers: { ...length, ...headers } }, (response) => {
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, allowed: headers["access-control-allow-origin"] });
      response.destroy();
    });
    sent.on("error", reject).end(body);
  });
}

const post = (url: string, headers: Record<string, string>) =>
  send(
    url,
    "POST",
    { "content-type": "application/json", ...headers },
    '{"query":"{ viewer { tenantId } }"}',
  );

const preflight = (url: string, origin: string) =>
  send(url, "OPTIONS", {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  });

const get = (url: string, query: string, headers: Record<string, string>) =>
  send(`${url}?query=${encodeURIComponent(query)}`, "GET", headers);

/** Opens a socket as a page does, and gives the status of the answer: 101 if it is open. */
function upgrade(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws", { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve) => {
    socket.once("upgrade", (response) => resolve(response.statusCode ?? 0));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => {});
  });
}

describe("without auth", () => {
  it("a page on loopback may ask, query, read a refusal and open a socket, without credentials", async () => {
    const asked = await preflight(local.url, devServer);
    expect(asked).toMatchObject({ status: 204, allowed: devServer });
    expect(asked.headers).toMatchObject({
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "authorization,content-type",
      vary: "origin",
    });
    const queried = await post(local.url, { origin: devServer, "sec-fetch-site": "same-site" });
    expect(queried).toMatchObject({ status: 200, allowed: devServer });
    expect(queried.headers["access-control-allow-credentials"]).toBeUndefined();
    expect(await post(local.url, { origin: devServer, "content-type": "text/plain" })).toMatchObject({
      status: 415,
      allowed: devServer,
    });
    expect(await upgrade(local.url, { origin: devServer })).toBe(101);
  });

  it("a foreign page may do none of these", async () => {
    expect(await preflight(local.url, evil)).toMatchObject({ status: 403, allowed: undefined });
    expect(await post(local.url, { origin: evil })).toMatchObject({ status: 403, allowed: undefined });
    expect(await upgrade(local.url, { origin: evil })).toBe(403);
  });
});

describe("with auth", () => {
  it("a page that CORS_ORIGINS names may ask without a token, query, and read that its token is missing", async () => {
    expect(await preflight(guarded.url, app)).toMatchObject({ status: 204, allowed: app });
    expect(await post(guarded.url, { origin: app, authorization })).toMatchObject({
      status: 200,
      allowed: app,
    });
    expect(await post(guarded.url, { origin: app })).toMatchObject({ status: 401, allowed: app });
  });

  it("another page is refused, with a token too", async () => {
    for (const origin of [evil, devServer, "null"]) {
      expect(await preflight(guarded.url, origin)).toMatchObject({ status: 403, allowed: undefined });
      expect(await post(guarded.url, { origin, authorization })).toMatchObject({
        status: 403,
        allowed: undefined,
      });
    }
  });

  it("a socket opens for programs, for the service's own page and for one that CORS_ORIGINS names alone", async () => {
    const own = new URL(guarded.url).origin;
    const pages: Record<string, string>[] = [
      {},
      { origin: own },
      { origin: app },
      { origin: evil },
      { origin: "null" },
    ];
    const statuses = pages.map((headers) => upgrade(guarded.url, { authorization, ...headers }));
    expect(await Promise.all(statuses)).toEqual([101, 101, 101, 403, 403]);
  });
});

describe("a query by GET", () => {
  const query = "{ viewer { tenantId } }";
  const follow = "subscription { inboxCounts { total } }";
  const events = { accept: "text/event-stream" };

  it("is not what an image, a script or a link of a foreign page can send", async () => {
    const foreign = { "sec-fetch-site": "cross-site" };
    const image = { accept: "image/avif,image/webp,image/*,*/*;q=0.8" };
    for (const headers of [
      { ...foreign, ...image },
      image,
      { ...foreign, accept: "*/*" },
      { referer: `${evil}/` },
    ])
      expect((await get(local.url, query, headers)).status).toBe(403);
    expect((await get(local.url, follow, { ...foreign, "sec-fetch-dest": "image" })).status).toBe(403);
  });

  it("is answered to programs, to the service's own page, to who types it and to a page that may call", async () => {
    const own = { "sec-fetch-site": "same-origin" };
    const typed = { "sec-fetch-site": "none" };
    const page = { origin: devServer, "sec-fetch-site": "same-site" };
    const callers: Record<string, string>[] = [{}, own, typed, page];
    for (const headers of callers) expect((await get(local.url, query, headers)).status).toBe(200);
  });

  it("may be a subscription for the EventSource of such a page, which can read it", async () => {
    const stream = await get(local.url, follow, {
      ...events,
      origin: devServer,
      "sec-fetch-site": "same-site",
    });
    expect(stream).toMatchObject({ status: 200, allowed: devServer });
    expect(stream.headers["content-type"]).toMatch(/^text\/event-stream/);
    expect((await get(local.url, follow, { ...events, "sec-fetch-site": "same-origin" })).status).toBe(200);
  });
});

it("a link of another page opens GraphiQL", async () => {
  const headers = {
    accept: "text/html,*/*;q=0.8",
    "sec-fetch-site": "cross-site",
    "sec-fetch-dest": "document",
  };
  expect((await send(local.url, "GET", headers)).status).toBe(200);
});
