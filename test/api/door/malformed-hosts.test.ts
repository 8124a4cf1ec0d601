import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headOf, sendRaw, upgradeHeaders } from "../../support/raw-socket.js";
import { type TestService, startService, tokenAuth, tokenFor } from "../../support/start-service.js";
import { sendBy } from "../../support/transports.js";

let services: Record<string, TestService>;
let authorization: string;
const faults: unknown[] = [];
const keep = (fault: unknown) => faults.push(fault);
beforeAll(async () => {
  services = {
    "without auth": await startService(),
    "with auth": await startService({ config: { auth: tokenAuth, corsOrigins: ["*"] } }),
  };
  authorization = `Bearer ${await tokenFor("acme")}`;
  process.on("uncaughtExceptionMonitor", keep);
});
afterAll(async () => {
  process.off("uncaughtExceptionMonitor", keep);
  for (const service of Object.values(services)) await service.close();
});

const query = "{ viewer { tenantId } }";
const body = JSON.stringify({ query });

/** Hosts that are none. */
const hosts = [
  "[",
  "]",
  "[]",
  "[::1",
  "[::1]x",
  "[::1]:port",
  "a/b",
  "a\\b",
  "a b",
  "a?b",
  "a#b",
  "a%00b",
  "a,b",
  "a\tb",
  "user@host",
  "user:password@127.0.0.1",
  "127.0.0.1:",
  "127.0.0.1:port",
  "127.0.0.1:123456",
  "127.0.0.1:-1",
  "127.0.0.1:1:2",
  "http://127.0.0.1",
  "<script>",
  "xn--\u00e9",
  "${jndi}",
  "a".repeat(300),
  `${"a.".repeat(150)}example`,
];

/** How a request with this host is written. */
const ways: Record<string, (headers: Record<string, string>) => string> = {
  POST: (headers) =>
    headOf("POST", {
      ...headers,
      "content-type": "application/json",
      "content-length": `${body.length}`,
    }) + body,
  GET: (headers) => headOf("GET", headers, `/graphql?query=${encodeURIComponent(query)}`),
  "a page": (headers) => headOf("GET", { ...headers, accept: "text/html" }),
  upgrade: (headers) => headOf("GET", { ...headers, ...upgradeHeaders }),
  preflight: (headers) => headOf("OPTIONS", { ...headers, "access-control-request-method": "POST" }),
};

describe.each(["without auth", "with auth"])("%s", (auth) => {
  it.each(Object.keys(ways))("a host that is none is 400 by %s, from a page and a program", async (way) => {
    const service = services[auth] as TestService;
    for (const host of hosts) {
      for (const origin of [undefined, "http://localhost:5173", `http://${host}`, "null"]) {
        const headers = { host, authorization, ...(origin === undefined ? {} : { origin }) };
        const raw = await sendRaw(service.url, (ways[way] ?? (() => ""))(headers));
        expect([host, origin, raw.status()]).toEqual([host, origin, 400]);
        expect(raw.text()).not.toMatch(/node_modules|\/src\/|\.[jt]s\b|TypeError|Invalid URL|\bat /);
        raw.socket.destroy();
      }
    }
    const { errors } = await sendBy("POST", service.url, { query }, { authorization });
    expect(errors).toEqual([]);
    expect(faults).toEqual([]);
  });

  it.each(["127.0.0.1", "localhost:4000", "[::1]:4000", "[::1]", "127.0.0.1:65535"])(
    "the host %s is one",
    async (host) => {
      const { url } = services[auth] as TestService;
      const { POST, upgrade } = ways;
      expect((await sendRaw(url, POST?.({ host, authorization }) ?? "")).status()).toBe(200);
      const opened = await sendRaw(url, upgrade?.({ host, authorization }) ?? "");
      expect(opened.status()).toBe(101);
      opened.socket.destroy();
    },
  );

  it("no host at all is 400", async () => {
    const { url } = services[auth] as TestService;
    const text = headOf("GET", {}, "/graphql?query=x").replace(/host: .*\r\n/, "");
    expect((await sendRaw(url, text)).status()).toBe(400);
  });
});
