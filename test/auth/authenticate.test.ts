import { type JWTPayload, SignJWT, base64url } from "jose";
import { describe, expect, test } from "vitest";
import { createAuthenticate } from "../../src/auth/authenticate.js";
import { localViewer } from "../../src/auth/viewer.js";

const secret = new TextEncoder().encode("0123456789abcdef0123456789abcdef");
const now = Math.floor(Date.now() / 1000);
const claims: JWTPayload = {
  tenant: "acme",
  sub: "ada",
  scopes: ["reader"],
  iss: "issuer",
  aud: "graph",
  exp: now + 600,
};
const authenticate = createAuthenticate({
  kind: "secret",
  secret,
  algorithms: ["HS256"],
  issuer: "issuer",
  audience: "graph",
});

function sign(payload: object, alg = "HS256", key = secret): Promise<string> {
  return new SignJWT(payload as JWTPayload).setProtectedHeader({ alg }).sign(key);
}

function encode(value: unknown): string {
  return base64url.encode(JSON.stringify(value));
}

function unauthenticated(message: string) {
  return expect.objectContaining({
    name: "AgentRunError",
    code: "UNAUTHENTICATED",
    httpStatus: 401,
    message,
  });
}

test.each([undefined, null, "", "Bearer nonsense"])(
  "without auth %j is the local viewer",
  async (authorization) => {
    expect(await createAuthenticate({ kind: "none" })(authorization)).toBe(localViewer);
  },
);

test.each(["Bearer ", "bearer ", "BEARER   ", " Bearer "])("a token after %j is a viewer", async (scheme) => {
  expect(await authenticate(scheme + (await sign(claims)))).toEqual({
    tenantId: "acme",
    readerId: "ada",
    callerId: "sub:ada",
    scopes: new Set(["reader"]),
    expiresAt: now + 600 + 5,
  });
});

describe("what claims grant", () => {
  test.each<[string, object, object]>([
    ["no sub is no reader", { sub: undefined }, { readerId: null, callerId: "sub:" }],
    ["a tenant of 200 characters", { tenant: "é𝄞".repeat(100) }, { tenantId: "é𝄞".repeat(100) }],
    [
      "operator is everything",
      { scopes: ["operator"] },
      { scopes: new Set(["reader", "runner", "operator"]) },
    ],
    [
      "scope as words",
      { scopes: undefined, scope: "openid runner  reader" },
      { scopes: new Set(["reader", "runner"]) },
    ],
    ["scopes stand before scope", { scopes: [], scope: "operator" }, { scopes: new Set() }],
    ["unknown scopes are none", { scopes: ["admin", "READER"] }, { scopes: new Set() }],
    ["no scope claims are none", { scopes: undefined }, { scopes: new Set() }],
    ["one audience of several", { aud: ["other", "graph"] }, { tenantId: "acme" }],
    ["expired within the tolerance", { exp: now - 2 }, { expiresAt: now - 2 + 5 }],
    ["not before within the tolerance", { nbf: now + 3 }, { tenantId: "acme" }],
    ["other claims", { isAdmin: true, kid: "../../etc" }, { scopes: new Set(["reader"]) }],
  ])("%s", async (_case, change, expected) => {
    expect(await authenticate(`Bearer ${await sign({ ...claims, ...change })}`)).toMatchObject(expected);
  });
});

describe("a claim that is wrong is UNAUTHENTICATED and named", () => {
  test.each<[string, object, string]>([
    ["expired", { exp: now - 60 }, "the token has expired"],
    ["not yet", { nbf: now + 60 }, "the token may not be used yet"],
    ["no exp", { exp: undefined }, 'the token is not valid: its claim "exp" is missing'],
    ["exp as text", { exp: "tomorrow" }, 'the token is not valid: its claim "exp" is not accepted'],
    ["nbf as text", { nbf: "now" }, 'the token is not valid: its claim "nbf" is not accepted'],
    ["no issuer", { iss: undefined }, 'the token is not valid: its claim "iss" is missing'],
    ["another issuer", { iss: "issuer2" }, 'the token is not valid: its claim "iss" is not accepted'],
    ["no audience", { aud: undefined }, 'the token is not valid: its claim "aud" is missing'],
    ["another audience", { aud: "graph2" }, 'the token is not valid: its claim "aud" is not accepted'],
    ["other audiences", { aud: ["a", "b"] }, 'the token is not valid: its claim "aud" is not accepted'],
    ...["tenant", "sub"].flatMap((claim) =>
      [null, "", "  ", 7, ["acme"], { a: 1 }, "x".repeat(201), "a\0b", "a\nb", "a\u0085b", "a\ud800b"].map(
        (value): [string, object, string] => [
          `${claim} ${JSON.stringify(value)}`,
          { [claim]: value },
          `the token is not valid: its claim "${claim}" is missing or malformed`,
        ],
      ),
    ),
    [
      "no tenant",
      { tenant: undefined },
      'the token is not valid: its claim "tenant" is missing or malformed',
    ],
    [
      "scopes as text",
      { scopes: "operator" },
      'the token is not valid: its claim "scopes" is missing or malformed',
    ],
    ["scopes null", { scopes: null }, 'the token is not valid: its claim "scopes" is missing or malformed'],
    [
      "scopes mixed",
      { scopes: ["reader", 1] },
      'the token is not valid: its claim "scopes" is missing or malformed',
    ],
    [
      "scopes nested",
      { scopes: [["operator"]] },
      'the token is not valid: its claim "scopes" is missing or malformed',
    ],
    [
      "scope a list",
      { scopes: undefined, scope: ["operator"] },
      'the token is not valid: its claim "scope" is missing or malformed',
    ],
  ])("%s", async (_case, change, message) => {
    const token = await sign({ ...claims, ...change });
    await expect(authenticate(`Bearer ${token}`)).rejects.toEqual(unauthenticated(message));
  });

  test("an end beyond all numbers", async () => {
    const input = `${encode({ alg: "HS256" })}.${base64url.encode('{"tenant":"acme","iss":"issuer","aud":"graph","exp":1e999}')}`;
    const hmac = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    const signature = await crypto.subtle.sign("HMAC", hmac, new TextEncoder().encode(input));
    const token = `${input}.${base64url.encode(new Uint8Array(signature))}`;
    await expect(authenticate(`Bearer ${token}`)).rejects.toEqual(
      unauthenticated('the token is not valid: its claim "exp" is missing or malformed'),
    );
  });
});

describe("a token that cannot be verified is not valid", () => {
  test.each<[string, () => Promise<string> | string]>([
    ["another secret", () => sign(claims, "HS256", new Uint8Array(32))],
    ["expired, by another secret", () => sign({ ...claims, exp: 1 }, "HS256", new Uint8Array(32))],
    ["a longer hash", () => sign(claims, "HS512", new Uint8Array([...secret, ...secret]))],
    ["alg none", () => `${encode({ alg: "none" })}.${encode(claims)}.`],
    ["alg None with a signature", () => `${encode({ alg: "None" })}.${encode(claims)}.AAAA`],
    ["no alg", () => `${encode({})}.${encode(claims)}.AAAA`],
    ["alg a list", () => `${encode({ alg: ["HS256"] })}.${encode(claims)}.AAAA`],
    ["a header that is no object", () => `${encode([])}.${encode(claims)}.AAAA`],
    [
      "critical extensions",
      () => `${encode({ alg: "HS256", crit: ["exp"], exp: 1 })}.${encode(claims)}.AAAA`,
    ],
    ["no signature", async () => (await sign(claims)).replace(/[^.]+$/, "")],
    [
      "other claims under its signature",
      async () => (await sign(claims)).replace(/\.[^.]+\./, `.${encode({ ...claims, tenant: "b" })}.`),
    ],
    ["two parts", () => "a.b"],
    ["five parts", () => "a.b.c.d.e"],
    ["one word", () => "secret-password"],
    ["only dots", () => ".."],
    ["no JSON", () => "AAAA.BBBB.CCCC"],
  ])("%s", async (_case, make) => {
    await expect(authenticate(`Bearer ${await make()}`)).rejects.toEqual(
      unauthenticated("the token is not valid"),
    );
  });
});

describe("an authorization that is not a bearer token", () => {
  const missing = 'authorization is missing: send "Bearer <token>"';
  const malformed = 'authorization is malformed: send "Bearer <token>"';
  test.each<[string, string | null | undefined, string]>([
    ["none", undefined, missing],
    ["null", null, missing],
    ["empty", "", missing],
    ["another scheme", "Basic YTpi", malformed],
    ["no token", "Bearer ", malformed],
    ["no space", "Bearerabc.def.ghi", malformed],
    ["two tokens", "Bearer a.b.c a.b.c", malformed],
    ["other characters", "Bearer a.b.é", malformed],
    ["a line break", "Bearer a.b.c\r\nx: y", malformed],
    ["8 KiB and one", `Bearer ${"a".repeat(8_192 - 6)}`, "authorization is longer than 8 KiB"],
    ["a megabyte", `Bearer ${"a".repeat(1_000_000)}`, "authorization is longer than 8 KiB"],
  ])("%s", async (_case, authorization, message) => {
    await expect(authenticate(authorization)).rejects.toEqual(unauthenticated(message));
  });
});

test("a token of 8 KiB is read", async () => {
  const short = await sign({ ...claims, padding: "" });
  const token = await sign({ ...claims, padding: "x".repeat(Math.floor(((8_185 - short.length) * 3) / 4)) });
  expect(`Bearer ${token}`.length).toBeGreaterThan(8_180);
  expect(await authenticate(`Bearer ${token}`)).toMatchObject({ tenantId: "acme" });
});

test("no issuer and no audience in the config let any pass", async () => {
  const lenient = createAuthenticate({ kind: "secret", secret, algorithms: ["HS256"] });
  const token = await sign({ ...claims, iss: undefined, aud: "any" });
  expect(await lenient(`Bearer ${token}`)).toMatchObject({ tenantId: "acme" });
});
