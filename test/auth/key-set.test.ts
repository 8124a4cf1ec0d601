import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
  exportJWK,
  exportSPKI,
  generateKeyPair,
} from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAuthenticate } from "../../src/auth/authenticate.js";
import { type AuthConfig, type PublicKeyAlgorithm, publicKeyAlgorithms } from "../../src/auth/config.js";
import type { KeySetTimes } from "../../src/auth/key-set.js";

interface Signer {
  jwk: JWK;
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

/** What the issuer's server answers; `"silence"` never does. */
let answer: { status: number; body: string } | "silence";
let fetches: number;
let server: Server;
let port: number;
let old: Signer;
let young: Signer;
let foreign: Signer;

const notValid = expect.objectContaining({ code: "UNAUTHENTICATED", message: "the token is not valid" });
const unavailable = expect.objectContaining({
  code: "UNAVAILABLE",
  httpStatus: 503,
  retryable: true,
  message: "the keys that verify tokens cannot be had now",
});

beforeAll(async () => {
  [old, young, foreign] = await Promise.all([
    createSigner("old"),
    createSigner("young"),
    createSigner("old"),
  ]);
});

beforeEach(async () => {
  fetches = 0;
  publish(old.jwk);
  server = createServer((_request, response) => {
    fetches += 1;
    if (answer === "silence") return;
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
  await listen(0);
});

afterEach(stop);

describe("a token that a key of the set verifies", () => {
  test.each(publicKeyAlgorithms)("is a viewer with %s", async (alg) => {
    const signer = await createSigner("k", alg);
    publish(signer.jwk);
    const authenticate = createAuthenticate(configFor([alg]));
    expect(await authenticate(await sign(signer, { alg, kid: "k" }))).toMatchObject({ tenantId: "acme" });
  });

  test("is refused where its algorithm is not configured", async () => {
    const authenticate = createAuthenticate(configFor(["ES256"]));
    await expect(authenticate(await sign(old))).rejects.toEqual(notValid);
    expect(fetches).toBe(0);
  });

  test("is found without a kid among several keys", async () => {
    publish(old.jwk, young.jwk);
    const authenticate = createAuthenticate(configFor());
    expect(await authenticate(await sign(young, { alg: "RS256" }))).toMatchObject({ tenantId: "acme" });
    expect(await authenticate(await sign(old, { alg: "RS256" }))).toMatchObject({ tenantId: "acme" });
    await expect(authenticate(await sign(foreign, { alg: "RS256" }))).rejects.toEqual(notValid);
    await expect(authenticate(await sign(old, { alg: "RS256" }, 1))).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: "the token has expired",
    });
  });
});

describe("a forged token is not valid", () => {
  test("signed by another key under a known kid", async () => {
    await expect(createAuthenticate(configFor())(await sign(foreign))).rejects.toEqual(notValid);
  });

  test("signed by a key that it carries or points to", async () => {
    const jku = `http://127.0.0.1:${port}/other`;
    const token = await sign(foreign, { alg: "RS256", kid: "old", jwk: foreign.jwk, jku, x5u: jku });
    await expect(createAuthenticate(configFor())(token)).rejects.toEqual(notValid);
  });

  test("HS256 with the public key as its secret", async () => {
    const authenticate = createAuthenticate(configFor());
    const pem = await exportSPKI(old.publicKey);
    for (const text of [pem, pem.trim(), JSON.stringify(old.jwk), old.jwk.n!]) {
      const token = await new SignJWT({ tenant: "acme", exp: inTenMinutes() })
        .setProtectedHeader({ alg: "HS256", kid: "old" })
        .sign(new TextEncoder().encode(text));
      await expect(authenticate(`Bearer ${token}`)).rejects.toEqual(notValid);
    }
    expect(fetches).toBe(0);
  });

  test("HS256 with a secret that the set wrongly holds", async () => {
    const secret = new Uint8Array(32);
    publish(old.jwk, { kty: "oct", kid: "shared", k: Buffer.from(secret).toString("base64url") });
    const token = await new SignJWT({ tenant: "acme", exp: inTenMinutes() })
      .setProtectedHeader({ alg: "HS256", kid: "shared" })
      .sign(secret);
    await expect(createAuthenticate(configFor())(`Bearer ${token}`)).rejects.toEqual(notValid);
  });
});

test("a key that is too weak verifies nothing, and the reason is kept for the log", async () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  publish({ ...weak.export({ format: "jwk" }), kid: "old" });
  const refusal = await createAuthenticate(configFor())(await sign(old)).catch((error: unknown) => error);
  expect(refusal).toEqual(notValid);
  expect((refusal as Error).cause).toMatchObject({ message: expect.stringContaining("2048 bits") });
});

describe("rotated keys", () => {
  test("are fetched when a token names one that is not known, and the old one is refused once it is gone", async () => {
    const authenticate = createAuthenticate(configFor(), { cooldownMs: 0 });
    await authenticate(await sign(old));
    publish(young.jwk);
    expect(await authenticate(await sign(old))).toMatchObject({ tenantId: "acme" });
    expect(await authenticate(await sign(young))).toMatchObject({ tenantId: "acme" });
    expect(fetches).toBe(2);
    await expect(authenticate(await sign(old))).rejects.toEqual(notValid);
  });

  test("are fetched where fresh keys are asked for, and known ones serve on where they cannot be had", async () => {
    const authenticate = createAuthenticate(configFor());
    const token = await sign(old);
    await authenticate(token);
    await stop();
    expect(await authenticate(token, { freshKeys: true })).toMatchObject({ tenantId: "acme" });
    publish(young.jwk);
    await listen(port);
    expect(await authenticate(token)).toMatchObject({ tenantId: "acme" });
    await Promise.all(
      [token, token].map((each) => expect(authenticate(each, { freshKeys: true })).rejects.toEqual(notValid)),
    );
    expect(fetches).toBe(2);
    await expect(authenticate(token)).rejects.toEqual(notValid);
  });

  test("are not fetched during the cooldown, however many unknown keys are named", async () => {
    const authenticate = createAuthenticate(configFor());
    await authenticate(await sign(old));
    publish(young.jwk);
    const token = await sign(young);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => authenticate(token)));
    expect(results.every((result) => result.status === "rejected")).toBe(true);
    await expect(authenticate(token)).rejects.toEqual(notValid);
    expect(fetches).toBe(1);
  });

  test("are fetched once for many callers at the same time", async () => {
    const authenticate = createAuthenticate(configFor());
    const token = await sign(old);
    await Promise.all(Array.from({ length: 50 }, () => authenticate(token)));
    expect(fetches).toBe(1);
  });
});

describe("a key set that cannot be had is UNAVAILABLE", () => {
  test.each<[string, typeof answer, KeySetTimes?]>([
    ["not found", { status: 404, body: '{"keys":[]}' }],
    ["a failing server", { status: 500, body: "" }],
    ["a redirect", { status: 302, body: "" }],
    ["a page", { status: 200, body: "<html></html>" }],
    ["JSON that is no key set", { status: 200, body: '{"keys":7}' }],
    ["a broken key", { status: 200, body: '{"keys":[{"kty":"RSA","kid":"old"}]}' }],
    ["silence", "silence", { timeoutMs: 100 }],
  ])("%s", async (_case, given, times) => {
    answer = given;
    await expect(createAuthenticate(configFor(), times)(await sign(old))).rejects.toEqual(unavailable);
  });

  test("nobody listens, and the reason is kept for the log", async () => {
    const config = configFor();
    await stop();
    const refusal = await createAuthenticate(config)(await sign(old)).catch((error: unknown) => error);
    expect(refusal).toEqual(unavailable);
    expect((refusal as Error).cause).toBeInstanceOf(Error);
  });

  test("a token that no key is needed for is still UNAUTHENTICATED", async () => {
    await stop();
    await expect(createAuthenticate(configFor())(undefined)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
  });

  test("known keys serve on while it is away, unknown ones are UNAVAILABLE until it is back", async () => {
    const authenticate = createAuthenticate(configFor(), { cooldownMs: 0 });
    await authenticate(await sign(old));
    await stop();
    expect(await authenticate(await sign(old))).toMatchObject({ tenantId: "acme" });
    await expect(authenticate(await sign(young))).rejects.toEqual(unavailable);
    publish(old.jwk, young.jwk);
    await listen(port);
    expect(await authenticate(await sign(young))).toMatchObject({ tenantId: "acme" });
  });

  test("keys that are too old serve no more until it is back", async () => {
    const authenticate = createAuthenticate(configFor(), { maxAgeMs: 0 });
    await authenticate(await sign(old));
    await stop();
    await expect(authenticate(await sign(old))).rejects.toEqual(unavailable);
    await listen(port);
    expect(await authenticate(await sign(old))).toMatchObject({ tenantId: "acme" });
  });
});

function publish(...keys: JWK[]): void {
  answer = { status: 200, body: JSON.stringify({ keys }) };
}

async function listen(wanted: number): Promise<void> {
  server.listen(wanted, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

async function stop(): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

function configFor(algorithms: PublicKeyAlgorithm[] = ["RS256"]): AuthConfig {
  return { kind: "jwks", url: new URL(`http://127.0.0.1:${port}/keys`), algorithms };
}

async function createSigner(kid: string, alg: PublicKeyAlgorithm = "RS256"): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { publicKey, privateKey, jwk: { ...(await exportJWK(publicKey)), kid } };
}

function inTenMinutes(): number {
  return Math.floor(Date.now() / 1000) + 600;
}

async function sign(signer: Signer, header?: JWTHeaderParameters, exp = inTenMinutes()): Promise<string> {
  const token = await new SignJWT({ tenant: "acme", scopes: ["runner"], exp })
    .setProtectedHeader(header ?? { alg: "RS256", kid: signer.jwk.kid! })
    .sign(signer.privateKey);
  return `Bearer ${token}`;
}
