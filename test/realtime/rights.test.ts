import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, type JWK, SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";
import { expect, it } from "vitest";
import type { AuthConfig } from "../../src/auth/config.js";
import { openSocket } from "../support/following/open-socket.js";
import { graphql } from "../support/graphql.js";
import { startService, tokenAuth, tokenFor } from "../support/start-service.js";

const socketTimes = { recheckMs: 500 };

it("a socket is closed with 4403 when its token is good no more, for a clock that is 5 s off either", async () => {
  await using service = await startService({ config: { auth: tokenAuth } });
  const token = await tokenFor("acme", undefined, "ada", 1);
  const { frames, closed, socket } = await openSocket(service.url, token);
  expect(frames).toEqual([{ type: "connection_ack" }]);
  const expiresAt = Number(decodeJwt(token).exp) * 1_000;
  await expect.poll(() => Date.now()).toBeGreaterThan(expiresAt + 100);
  // One that has just expired is still taken: it is not closed at once.
  const late = await openSocket(service.url, token);
  const seen = [late.frames, socket.readyState, late.socket.readyState];
  if (Date.now() < expiresAt + 5_000)
    expect(seen).toEqual([[{ type: "connection_ack" }], socket.OPEN, socket.OPEN]);
  expect(await closed).toEqual([4403, "the token has expired"]);
  // On a machine that was too slow to ask in time, it is refused at once.
  expect([4401, 4403]).toContain((await late.closed)[0]);
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt + 5_000);
  const refused = await openSocket(service.url, token);
  expect((await refused.closed)[0]).toBe(4401);
});

it("a token whose key was withdrawn loses its socket at the next check, and another does not", async () => {
  await using issuer = await startIssuer("old", "new");
  await using service = await startService({ config: { auth: issuer.auth, socketTimes } });
  const old = await openSocket(service.url, await issuer.sign("old"));
  const young = await openSocket(service.url, await issuer.sign("new"));
  expect([old.frames.length, young.frames.length]).toEqual([1, 1]);

  issuer.withdraw("old");
  expect(await old.closed).toEqual([4403, "the token is not valid any more"]);
  const ready = graphql(`query Ready { health { ready } }`);
  young.begin("1", ready);
  await expect.poll(() => young.frames.at(-1)?.type).toBe("complete");
  const again = await openSocket(service.url, await issuer.sign("old"));
  expect(await again.closed).toEqual([4401, "the token is not valid"]);
});

it("while the keys cannot be had sockets stay, and what was withdrawn meanwhile is found afterwards", async () => {
  await using issuer = await startIssuer("old");
  await using service = await startService({ config: { auth: issuer.auth, socketTimes } });
  const { socket, closed } = await openSocket(service.url, await issuer.sign("old"));
  issuer.fail();
  const { failures } = issuer;
  await expect.poll(failures).toBeGreaterThan(2);
  expect(socket.readyState).toBe(socket.OPEN);
  issuer.withdraw("old");
  expect(await closed).toEqual([4403, "the token is not valid any more"]);
});

/** Serves a set of keys, each by its name. */
async function startIssuer(...names: string[]) {
  const keys = new Map<string, { jwk: JWK; privateKey: CryptoKey }>();
  for (const name of names) {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    keys.set(name, { jwk: { ...(await exportJWK(publicKey)), kid: name }, privateKey });
  }
  const published = new Set(names);
  let isFailing = false;
  let failures = 0;
  const server = createServer((_request, response) => {
    if (isFailing) failures += 1;
    const set = [...published].map((name) => keys.get(name)?.jwk);
    response.writeHead(isFailing ? 503 : 200).end(JSON.stringify({ keys: set }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
  const auth: AuthConfig = { kind: "jwks", url, algorithms: ["ES256"] };
  return {
    auth,
    failures: () => failures,
    fail() {
      isFailing = true;
    },
    withdraw(name: string) {
      isFailing = false;
      published.delete(name);
    },
    sign(name: string): Promise<string> {
      return new SignJWT({ tenant: "acme", sub: name, scopes: ["reader"] })
        .setProtectedHeader({ alg: "ES256", kid: name })
        .setExpirationTime("10m")
        .sign(keys.get(name)?.privateKey as CryptoKey);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
