import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";
import { corsHeaders, refuseOrigin, refuseUnasked } from "../../src/auth/origin.js";

const local = { localOnly: true, origins: ["https://app.example"] };
const open = { localOnly: false, origins: ["https://app.example", "http://localhost:5173"] };
const anybody = { localOnly: false, origins: ["*"] };

describe("without auth", () => {
  test.each<[string | undefined, string, boolean]>([
    [undefined, "localhost:4000", true],
    ["http://localhost:5173", "127.0.0.1:4000", true],
    ["https://app.example", "localhost:4000", false],
    ["null", "localhost:4000", false],
    ["http://rebound.example", "rebound.example", false],
    [undefined, "rebound.example", false],
  ])("a page of %j may call %s: %j", (origin, host, isAllowed) => {
    expect(refuseOrigin(local, { origin, host }) === undefined).toBe(isAllowed);
  });

  test("what the browser says of the site opens nothing", () => {
    const headers = { origin: "https://evil.example", host: "localhost", "sec-fetch-site": "same-origin" };
    expect(refuseOrigin(local, headers)).toMatch(/loopback/);
  });
});

describe("with auth", () => {
  test.each<[string | undefined, string | undefined, boolean]>([
    [undefined, "api.example", true],
    [undefined, undefined, true],
    ["https://app.example", "api.example", true],
    ["http://localhost:5173", "api.example", true],
    ["https://api.example", "api.example", true],
    ["https://api.example", "API.example:443", true],
    ["http://api.example:4000", "api.example:4000", true],
    ["http://[::1]:4000", "[::1]:4000", true],
    ["https://api.example", "api.example:4000", false],
    ["https://api.example:4000", "api.example", false],
    ["https://evil.example", "api.example", false],
    ["https://api.example.evil.example", "api.example", false],
    ["https://app.example.evil.example", "api.example", false],
    ["http://app.example", "api.example", false],
    ["https://app.example:8443", "api.example", false],
    ["http://localhost:4000", "api.example", false],
    ["null", "api.example", false],
    ["null", "null", false],
    ["", "", false],
    ["https://app.example, https://evil.example", "api.example", false],
    ["https://evil.example", undefined, false],
    ["file://api.example", "api.example", false],
  ])("a page of %j may call %j: %j", (origin, host, isAllowed) => {
    expect(refuseOrigin(open, { origin, host }) === undefined).toBe(isAllowed);
  });

  test("the service's own page may call behind a proxy that put another Host, by what the browser says", () => {
    const headers = { origin: "https://api.example", host: "upstream:4000" };
    expect(refuseOrigin(open, headers)).toMatch(/CORS_ORIGINS/);
    expect(refuseOrigin(open, { ...headers, "sec-fetch-site": "same-origin" })).toBeUndefined();
    expect(refuseOrigin(open, { ...headers, "sec-fetch-site": "same-site" })).toMatch(/CORS_ORIGINS/);
  });

  test("every page may call where CORS_ORIGINS says so", () => {
    expect(refuseOrigin(anybody, { origin: "https://evil.example", host: "api.example" })).toBeUndefined();
  });
});

describe("a GET", () => {
  const img = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
  const page = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
  const host = "localhost:4000";
  test.each<[string, IncomingHttpHeaders, boolean]>([
    ["of curl", { accept: "*/*" }, true],
    ["of Node's fetch", { accept: "*/*", "sec-fetch-mode": "cors" }, true],
    ["of an EventSource of a program", { accept: "text/event-stream" }, true],
    ["of an address that somebody typed", { accept: page, "sec-fetch-site": "none" }, true],
    ["of the service's own page", { accept: "*/*", "sec-fetch-site": "same-origin" }, true],
    ["of an EventSource there", { accept: "text/event-stream", "sec-fetch-site": "same-origin" }, true],
    [
      "of a page whose origin may call",
      { origin: "http://localhost:5173", "sec-fetch-site": "same-site" },
      true,
    ],
    [
      "of such a page's EventSource",
      { origin: "http://localhost:5173", "sec-fetch-site": "cross-site" },
      true,
    ],
    ["of a page that may call, in an old browser", { referer: "http://localhost:5173/list" }, true],
    ["of the own page, in an old browser", { referer: "http://localhost:4000/graphql" }, true],
    ["of an image", { accept: img, "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" }, false],
    ["of an image of a page that may call with fetch", { "sec-fetch-site": "same-site" }, false],
    ["of an image on the own page", { "sec-fetch-site": "same-origin", "sec-fetch-dest": "image" }, false],
    ["of an image, in an old browser", { accept: img }, false],
    ["of a script", { accept: "*/*", "sec-fetch-site": "cross-site", "sec-fetch-dest": "script" }, false],
    ["of a link on another page", { accept: page, "sec-fetch-site": "cross-site" }, false],
    ["of a foreign page, in an old browser", { accept: "*/*", referer: "https://evil.example/" }, false],
    ["with a Referer that is none", { referer: "nonsense" }, false],
    ["with a site that nobody knows", { "sec-fetch-site": "anything" }, false],
  ])("%s may be a query: %j is answered %j", (_what, headers, isAllowed) => {
    for (const method of ["GET", "HEAD"]) {
      for (const rule of [local, open]) {
        expect(refuseUnasked(rule, { method, headers: { host, ...headers } }) === undefined).toBe(isAllowed);
      }
    }
  });

  test("is judged so and no POST: a browser asks before it sends one of JSON", () => {
    const headers = { "sec-fetch-site": "cross-site" };
    expect(refuseUnasked(open, { method: "POST", headers })).toBeUndefined();
  });
});

describe("a browser lets a page read what comes", () => {
  test.each<[string, IncomingHttpHeaders, Record<string, string>]>([
    ["nothing is said to a program", {}, {}],
    [
      "without credentials",
      { origin: "https://app.example" },
      { "access-control-allow-origin": "https://app.example", vary: "origin" },
    ],
    [
      "a preflight says methods and headers",
      {
        origin: "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
      {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization,content-type",
        vary: "origin",
      },
    ],
  ])("%s", (_what, headers, answer) => {
    expect(Object.fromEntries(corsHeaders(headers))).toEqual(answer);
  });
});
