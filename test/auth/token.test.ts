import { decodeJwt, decodeProtectedHeader } from "jose";
import { expect, test } from "vitest";
import { createAuthenticate } from "../../src/auth/authenticate.js";
import { type TokenOptions, signToken } from "../../src/auth/token.js";

const secret = new TextEncoder().encode("0123456789abcdef0123456789abcdef");
const usual: TokenOptions = { secret, tenant: "acme", scopes: ["reader"], ttlSeconds: 60 };

test("a token holds what it was asked for and nothing else", async () => {
  const before = Math.floor(Date.now() / 1000);
  const token = await signToken({ ...usual, reader: "ada", issuer: "i", audience: "a" });
  const claims = decodeJwt(token);
  expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", typ: "JWT" });
  expect(claims).toEqual({
    tenant: "acme",
    sub: "ada",
    scopes: ["reader"],
    iss: "i",
    aud: "a",
    iat: claims.iat,
    exp: claims.iat! + 60,
  });
  expect(claims.iat).toBeGreaterThanOrEqual(before);
});

test("a token without reader, issuer and audience says nothing of them", async () => {
  expect(Object.keys(decodeJwt(await signToken(usual))).toSorted()).toEqual([
    "exp",
    "iat",
    "scopes",
    "tenant",
  ]);
});

test("the service with the same secret, issuer and audience knows its holder", async () => {
  const authenticate = createAuthenticate({
    kind: "secret",
    secret,
    algorithms: ["HS256"],
    issuer: "i",
    audience: "a",
  });
  const token = await signToken({
    ...usual,
    reader: "ada",
    scopes: ["operator"],
    issuer: "i",
    audience: "a",
  });
  expect(await authenticate(`Bearer ${token}`)).toEqual({
    tenantId: "acme",
    readerId: "ada",
    callerId: "sub:ada",
    scopes: new Set(["reader", "runner", "operator"]),
    expiresAt: Number(decodeJwt(token).exp) + 5,
  });
});

test.each<[string, Partial<TokenOptions>, RegExp]>([
  ["a short secret", { secret: new Uint8Array(31) }, /secret must be at least 32 bytes/],
  ["an empty tenant", { tenant: "" }, /tenant must be/],
  ["a long tenant", { tenant: "x".repeat(201) }, /tenant must be/],
  ["an empty reader", { reader: "" }, /reader must be/],
  ["no time to live", { ttlSeconds: 0 }, /whole number of seconds/],
  ["a fraction of a second", { ttlSeconds: 1.5 }, /whole number of seconds/],
  ["for ever", { ttlSeconds: Number.POSITIVE_INFINITY }, /whole number of seconds/],
])("no token is made with %s", async (_case, change, message) => {
  await expect(signToken({ ...usual, ...change })).rejects.toThrow(message);
});
