import { describe, expect, test } from "vitest";
import { readAuthConfig } from "../../src/server/auth-config.js";

const secret = "0123456789abcdef0123456789abcdef";
const url = "https://issuer.example/keys";

test("no variables are no auth", () => {
  expect(readAuthConfig({ PATH: "/bin" })).toEqual({ kind: "none" });
});

test("a secret is its bytes and HS256", () => {
  expect(readAuthConfig({ AUTH_SECRET: secret, AUTH_ISSUER: "i", AUTH_AUDIENCE: "a" })).toEqual({
    kind: "secret",
    secret: new TextEncoder().encode(secret),
    algorithms: ["HS256"],
    issuer: "i",
    audience: "a",
  });
});

test("a secret is measured in bytes, not characters", () => {
  expect(readAuthConfig({ AUTH_SECRET: "é".repeat(16) })).toMatchObject({ kind: "secret" });
});

test("a key set takes the usual public key algorithms", () => {
  expect(readAuthConfig({ AUTH_JWKS_URL: url })).toEqual({
    kind: "jwks",
    url: new URL(url),
    algorithms: ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
    issuer: undefined,
    audience: undefined,
  });
});

test("API keys are accepted alone, or beside tokens", () => {
  expect(readAuthConfig({ AUTH_KEYS: "1" })).toEqual({ kind: "keys", keys: true });
  expect(readAuthConfig({ AUTH_KEYS: "0" })).toEqual({ kind: "none" });
  expect(readAuthConfig({ AUTH_KEYS: "1", AUTH_SECRET: secret })).toMatchObject({
    kind: "secret",
    keys: true,
  });
  expect(readAuthConfig({ AUTH_KEYS: "1", AUTH_JWKS_URL: url })).toMatchObject({
    kind: "jwks",
    keys: true,
  });
  expect(readAuthConfig({ AUTH_KEYS: "0", AUTH_SECRET: secret })).not.toHaveProperty("keys");
});

test("algorithms are named with commas, spaces or none", () => {
  expect(readAuthConfig({ AUTH_JWKS_URL: url, AUTH_ALGORITHMS: "ES256, RS512" })).toMatchObject({
    algorithms: ["ES256", "RS512"],
  });
  expect(readAuthConfig({ AUTH_SECRET: secret, AUTH_ALGORITHMS: "HS256" })).toMatchObject({
    algorithms: ["HS256"],
  });
});

test.each(["http://localhost:9000/keys", "http://127.0.0.1/keys", "http://[::1]:9000/keys"])(
  "a key set may be at %s",
  (text) => {
    expect(readAuthConfig({ AUTH_JWKS_URL: text })).toMatchObject({ kind: "jwks", url: new URL(text) });
  },
);

describe("refused, with the variable named", () => {
  test.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ["a short secret", { AUTH_SECRET: "short" }, /^AUTH_SECRET must be at least 32 bytes; it has 5$/],
    ["a blank secret", { AUTH_SECRET: "" }, /^AUTH_SECRET is blank/],
    ["a secret of spaces", { AUTH_SECRET: " ".repeat(40) }, /^AUTH_SECRET is blank/],
    ["a blank key set", { AUTH_JWKS_URL: " " }, /^AUTH_JWKS_URL is blank/],
    ["a blank audience", { AUTH_SECRET: secret, AUTH_AUDIENCE: "" }, /^AUTH_AUDIENCE is blank/],
    ["a secret and a key set", { AUTH_SECRET: secret, AUTH_JWKS_URL: url }, /^AUTH_SECRET and AUTH_JWKS_URL/],
    [
      "a switch that is none",
      { AUTH_KEYS: "true" },
      /^AUTH_KEYS must be 1, so that API keys are accepted, or 0$/,
    ],
    ["a blank switch", { AUTH_KEYS: "" }, /^AUTH_KEYS is blank/],
    ["an issuer beside API keys", { AUTH_KEYS: "1", AUTH_ISSUER: "i" }, /^AUTH_ISSUER means nothing alone/],
    ["an issuer alone", { AUTH_ISSUER: "i" }, /^AUTH_ISSUER means nothing alone/],
    ["an audience alone", { AUTH_AUDIENCE: "a" }, /^AUTH_AUDIENCE means nothing alone/],
    ["algorithms alone", { AUTH_ALGORITHMS: "HS256" }, /^AUTH_ALGORITHMS means nothing alone/],
    [
      "http elsewhere",
      { AUTH_JWKS_URL: "http://issuer.example/keys" },
      /^AUTH_JWKS_URL must be an https URL/,
    ],
    ["another scheme", { AUTH_JWKS_URL: "file:///etc/keys" }, /^AUTH_JWKS_URL must be an https URL/],
    ["no URL", { AUTH_JWKS_URL: "issuer" }, /^AUTH_JWKS_URL must be an https URL/],
    ["the algorithm none", { AUTH_JWKS_URL: url, AUTH_ALGORITHMS: "none" }, /^AUTH_ALGORITHMS holds "none"/],
    [
      "HS256 with a key set",
      { AUTH_JWKS_URL: url, AUTH_ALGORITHMS: "RS256,HS256" },
      /^AUTH_ALGORITHMS holds "HS256"/,
    ],
    [
      "RS256 with a secret",
      { AUTH_SECRET: secret, AUTH_ALGORITHMS: "RS256" },
      /^AUTH_ALGORITHMS holds "RS256"/,
    ],
    ["none with a secret", { AUTH_SECRET: secret, AUTH_ALGORITHMS: "none" }, /^AUTH_ALGORITHMS holds "none"/],
    ["an empty name", { AUTH_JWKS_URL: url, AUTH_ALGORITHMS: "RS256," }, /^AUTH_ALGORITHMS holds ""/],
    ["the wrong case", { AUTH_JWKS_URL: url, AUTH_ALGORITHMS: "rs256" }, /^AUTH_ALGORITHMS holds "rs256"/],
  ])("%s", (_case, env, message) => {
    expect(() => readAuthConfig(env)).toThrow(message);
  });

  test("a password in the URL, which the message does not repeat", () => {
    const read = () => readAuthConfig({ AUTH_JWKS_URL: "https://me:hunter2@issuer.example/keys" });
    expect(read).toThrow(/^AUTH_JWKS_URL must not hold a user name or a password$/);
  });
});
