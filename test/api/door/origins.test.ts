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

describe("a query by GET of a browser that says neither its site nor its page", () => {
  const query = "{ viewer { tenantId } }";
  const browser = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15", accept: "*/*" };
  const services: [string, () => string, () => Record<string, string>][] = [
    ["without auth", () => local.url, () => ({})],
    // The token itself is a header that needs to be asked for: without it the answer is 401.
    ["with auth", () => guarded.url, () => ({ "x-forwarded-for": "10.0.0.1" })],
  ];
  it.each(services)("%s: is 403, since any page may have had it sent", async (_what, url, more) => {
    const tried: Record<string, string>[] = [
      {},
      { accept: "text/event-stream" },
      { "content-type": "text/plain" },
      { "content-type": "text/plain; application/json" },
      { "content-type": "application/x-www-form-urlencoded" },
      { "content-type": "multipart/form-data; boundary=application/json" },
      { "content-type": "application/jsonp" },
      { cookie: "a=b" },
      { "accept-language": "en", "content-language": "en" },
    ];
    for (const headers of tried)
      expect([headers, (await get(url(), query, { ...browser, ...more(), ...headers })).status]).toEqual([
        headers,
        403,
      ]);
  });

  it("is answered where it has a header for which a browser asks first", async () => {
    const tried: Record<string, string>[] = [
      { "content-type": "application/json" },
      { "content-type": "application/json; charset=utf-8" },
      { "content-type": "application/graphql+json" },
      { authorization: "Bearer x" },
      { "apollo-require-preflight": "true" },
      { "x-apollo-operation-name": "Q" },
      { "graphql-require-preflight": "1" },
      { "x-graphql-yoga-csrf": "1" },
    ];
    for (const headers of tried)
      expect([headers, (await get(local.url, query, { ...browser, ...headers })).status]).toEqual([
        headers,
        200,
      ]);
    expect((await get(guarded.url, query, { ...browser, authorization })).status).toBe(200);
  });

  it("is answered where its Referer is of a page that may call", async () => {
    const referer = `${new URL(local.url).origin}/graphql`;
    expect((await get(local.url, query, { ...browser, referer })).status).toBe(200);
    expect((await get(guarded.url, query, { ...browser, referer: `${app}/list` })).status).toBe(401);
    expect((await get(guarded.url, query, { ...browser, referer: `${evil}/list` })).status).toBe(403);
  });

  it("is answered to a program, whatever it calls itself otherwise", async () => {
    for (const agent of ["curl/8.5.0", "node", "", "my-agent (like Mozilla/5.0)"]) {
      expect((await get(local.url, query, { "user-agent": agent, accept: "*/*" })).status).toBe(200);
      expect((await get(guarded.url, query, { "user-agent": agent })).status).toBe(401);
    }
  });

  it("is GraphiQL where it asks for a page and not for a query", async () => {
    const headers = { ...browser, accept: "text/html,*/*;q=0.8" };
    expect((await send(local.url, "GET", headers)).status).toBe(200);
    expect((await get(local.url, query, headers)).status).toBe(403);
  });
});

describe("with auth a socket of a page", () => {
  const port = () => new URL(guarded.url).port;

  it("at a name that leads here is 403, though Host and Origin agree, unless CORS_ORIGINS names it", async () => {
    const host = `evil.example:${port()}`;
    const others: Record<string, string>[] = [{}, { authorization }, { "sec-fetch-site": "same-origin" }];
    for (const more of others) {
      for (const scheme of ["http", "https"]) {
        const origin = `${scheme}://${host}`;
        expect(await upgrade(guarded.url, { host, origin, ...more })).toBe(403);
      }
    }
    // By POST it may ask: it has no token but its own.
    expect(await post(guarded.url, { host, origin: `http://${host}` })).toMatchObject({ status: 401 });
    const config = { auth: tokenAuth, corsOrigins: [`http://${host}`] };
    await using named = await startService({ config });
    expect(await upgrade(named.url, { host, origin: `http://${host}` })).toBe(101);
    expect(await upgrade(named.url, { host, origin: `https://${host}` })).toBe(403);
    await using open = await startService({ config: { auth: tokenAuth, corsOrigins: ["*"] } });
    expect(await upgrade(open.url, { host, origin: `http://${host}` })).toBe(101);
  });

  it("at an address, or at this machine's own name, opens where Host and Origin agree", async () => {
    for (const name of ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "[fd00::1]"]) {
      const host = `${name}:${port()}`;
      expect([name, await upgrade(guarded.url, { host, origin: `http://${host}` })]).toEqual([name, 101]);
      expect([name, await upgrade(guarded.url, { host, origin: `http://${name}:1` })]).toEqual([name, 403]);
      expect([name, await upgrade(guarded.url, { host, origin: evil })]).toEqual([name, 403]);
    }
  });

  it("of a program, which sends no Origin, opens at any name", async () => {
    expect(await upgrade(guarded.url, { host: `api.example:${port()}` })).toBe(101);
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
