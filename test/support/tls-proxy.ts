import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { TLSSocket, createSecureContext } from "node:tls";
import { overTcp } from "./tcp-proxy.js";

/** A certificate that nobody vouches for, of `localhost` alone. It and its key are for tests, until 2126. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBmjCCAT+gAwIBAgIUHUXFFpd7uOPk8NF4Kmv12ZmGXDowCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZGIuaW50ZXJuYWwwIBcNMjYxMTMwMjAwMDE2WhgPMjEyNjEx
MDYyMDAwMTZaMBYxFDASBgNVBAMMC2RiLmludGVybmFsMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEQfRmtuLhTvfi6mz/rBJ3hSO4dhyGUU/nG80N/vLlWLanOj8U
juUc90eXa2iRLDEOIWe64A0gafcYKBdEze29a6NpMGcwHQYDVR0OBBYEFE+yVKlm
repWl1oTM7ExFoReE3cuMB8GA1UdIwQYMBaAFE+yVKlmrepWl1oTM7ExFoReE3cu
MA8GA1UdEwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9jYWxob3N0MAoGCCqGSM49
BAMCA0kAMEYCIQCJ2A/A+W0a8ssCHfj/frnSUjb0JKEmTgkpKWTP7SHZ9QIhAKqB
MBS03z6AO5xn5Jcnkxygzrcu4fLEo7hbXiyJPZHI
-----END CERTIFICATE-----`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzxaMolQSHz8Cmzvb
B7EwTy3S9XQxTPOJ2Nti4xf8eRKhRANCAARB9Ga24uFO9+LqbP+sEneFI7h2HIZR
T+cbzQ3+8uVYtqc6PxSO5Rz3R5draJEsMQ4hZ7rgDSBp9xgoF0TN7b1r
-----END PRIVATE KEY-----`;

/** How a client of Postgres asks for TLS, before anything else. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Stands before a Postgres, and speaks TLS alone. */
export interface TlsProxy extends AsyncDisposable {
  /** The database's URL with the proxy's address. */
  url: URL;
}

/** Opens a proxy before a database that takes connections without TLS only; `await using` closes it. */
export async function openTlsProxy(databaseUrl: string): Promise<TlsProxy> {
  const url = overTcp(databaseUrl);
  const port = Number(url.port);
  const secureContext = createSecureContext({ key, cert: certificate });
  const server = createServer((client) => {
    client.on("error", () => {});
    client.once("data", (asked: Buffer) => {
      if (!asked.equals(sslRequest)) {
        client.destroy();
        return;
      }
      client.write("S");
      const secure = new TLSSocket(client, { isServer: true, secureContext });
      const upstream = connect(port, "127.0.0.1");
      for (const [socket, other] of [
        [secure, upstream],
        [upstream, secure],
      ] as const) {
        socket.pipe(other);
        socket.on("error", () => other.destroy()).on("close", () => other.destroy());
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url.port = String((server.address() as AddressInfo).port);
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}
