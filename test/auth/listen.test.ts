import { describe, expect, test } from "vitest";
import type { AuthConfig } from "../../src/auth/config.js";
import { assertMayListen, isAllowedOrigin, isLoopbackHostHeader } from "../../src/auth/listen.js";

const none: AuthConfig = { kind: "none" };
const secret: AuthConfig = { kind: "secret", secret: new Uint8Array(32), algorithms: ["HS256"] };

describe("where a service without auth may listen", () => {
  test.each(["127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"])(
    "%j is allowed",
    (host) => {
      expect(() => assertMayListen(host, none)).not.toThrow();
    },
  );

  test.each([
    "0.0.0.0",
    "::",
    "",
    "10.0.0.1",
    "128.0.0.1",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "127.1",
  ])("%j is refused, and with auth it is allowed", (host) => {
    expect(() => assertMayListen(host, none)).toThrow(/AUTH_JWKS_URL or AUTH_SECRET/);
    expect(() => assertMayListen(host, secret)).not.toThrow();
    expect(() => assertMayListen(host, { kind: "keys", keys: true })).not.toThrow();
  });
});

test.each<[string | undefined, boolean]>([
  ["localhost", true],
  ["localhost:4000", true],
  ["LOCALHOST:4000", true],
  ["127.0.0.1:4000", true],
  ["127.8.9.10", true],
  ["[::1]:4000", true],
  ["[::1]", true],
  [undefined, false],
  ["", false],
  ["evil.example", false],
  ["evil.example:4000", false],
  ["localhost.evil.example:4000", false],
  ["127.0.0.1.evil.example", false],
  ["localhost:4000:4000", false],
  ["localhost:port", false],
  ["localhost:", false],
  ["user@localhost", false],
  ["evil.example@localhost", false],
  ["localhost/evil.example", false],
  ["localhost, evil.example", false],
  ["localhost\n", false],
  ["0.0.0.0:4000", false],
  ["192.168.1.7:4000", false],
  ["2130706433", false],
  ["0x7f.0.0.1", false],
  ["[::]:4000", false],
  ["::1", false],
])("that the Host %j is loopback is %j", (host, expected) => {
  expect(isLoopbackHostHeader(host)).toBe(expected);
});

test.each<[string | undefined, string | undefined, boolean]>([
  [undefined, "localhost:4000", true],
  ["http://localhost:5173", "localhost:4000", true],
  ["http://localhost:5173", "127.0.0.1:4000", true],
  ["https://127.0.0.1", "localhost:4000", true],
  ["http://[::1]:4000", "[::1]:4000", true],
  ["null", "localhost:4000", false],
  ["", "localhost:4000", false],
  ["https://evil.example", "localhost:4000", false],
  ["http://localhost.evil.example", "localhost:4000", false],
  ["http://localhost@evil.example", "localhost:4000", false],
  ["http://localhost:5173/path", "localhost:4000", false],
  ["file://localhost", "localhost:4000", false],
  ["localhost:5173", "localhost:4000", false],
  ["http://localhost:5173", "rebound.evil.example:4000", false],
  ["http://rebound.evil.example:4000", "rebound.evil.example:4000", false],
  [undefined, "rebound.evil.example:4000", false],
  [undefined, undefined, false],
])("that Origin %j may call Host %j is %j", (origin, host, expected) => {
  expect(isAllowedOrigin(origin, host)).toBe(expected);
});
