import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestService, startService } from "../../support/start-service.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const query = JSON.stringify({ query: "{ viewer { tenantId } }" });

/** Sends a request with headers that fetch does not let go out, and gives the status and body. */
function send(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const { method = "POST", headers = { "content-type": "application/json" }, body } = options;
    const chunked = headers["transfer-encoding"] !== undefined;
    const length = body === undefined || chunked ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = request(url, { method, headers: { ...length, ...headers } }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }),
      );
    });
    sent.on("error", reject).end(body);
  });
}

/** Sends all of a request before it reads anything, as many clients do, and gives the status line. */
async function sendThenRead(url: string, bytes: number): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  await once(socket, "connect");
  const head = `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject).write(head + "x".repeat(bytes), () => resolve());
  });
  const answer = once(socket, "data");
  socket.resume();
  const [line] = (await answer) as [Buffer];
  socket.destroy();
  return line.toString().split("\r\n", 1)[0] ?? "";
}

it("a client that sends far too much gets its 413, also if it sends all before it reads", async () => {
  for (let turn = 0; turn < 10; turn += 1)
    expect(await sendThenRead(service.url, 24 * 1024 * 1024)).toBe("HTTP/1.1 413 Payload Too Large");
});

describe("over HTTP", () => {
  it.each<[string, string, Parameters<typeof send>[1], number]>([
    ["a query by POST", "", { body: query }, 200],
    ["a query by GET", `?query=${encodeURIComponent("{ viewer { tenantId } }")}`, { method: "GET" }, 200],
    [
      "a mutation by GET",
      `?query=${encodeURIComponent("mutation { registerRunner(input: {}) { runner { id } } }")}`,
      { method: "GET" },
      405,
    ],
    [
      "a form, which foreign pages can send",
      "",
      { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "query=x" },
      415,
    ],
    [
      "a multipart form",
      "",
      { headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--" },
      415,
    ],
    ["plain text", "", { headers: { "content-type": "text/plain" }, body: query }, 415],
    [
      "a body without a length",
      "",
      { headers: { "content-type": "application/json", "transfer-encoding": "chunked" }, body: query },
      411,
    ],
    [
      "a body that is too long",
      "",
      { headers: { "content-type": "application/json", "content-length": String(17 * 1024 * 1024) } },
      413,
    ],
    ["a body that is no JSON", "", { body: "{" }, 400],
    ["several operations in one body", "", { body: `[${query},${query}]` }, 400],
    ["another path", "/../other", { body: query }, 404],
  ])("%s is answered as it should be", async (_what, path, options, status) => {
    const answer = await send(service.url + path, options);
    expect(answer.status).toBe(status);
    expect(() => JSON.parse(answer.body) as unknown).not.toThrow();
    if (status >= 400) expect(JSON.parse(answer.body).errors[0].extensions.code).toBeDefined();
  });

  it("without auth a rebound host name or a foreign origin is refused, a local page is not", async () => {
    const json = { "content-type": "application/json" };
    expect(
      (await send(service.url, { headers: { ...json, host: "evil.example" }, body: query })).status,
    ).toBe(403);
    expect(
      (await send(service.url, { headers: { ...json, origin: "https://evil.example" }, body: query })).status,
    ).toBe(403);
    expect(
      (await send(service.url, { headers: { ...json, origin: "http://localhost:5173" }, body: query }))
        .status,
    ).toBe(200);
  });
});

describe("a request that offers another protocol by Upgrade", () => {
  const offer = {
    connection: "Upgrade, HTTP2-Settings",
    upgrade: "h2c",
    "http2-settings": "AAMAAABkAARAAAAAAAIAAAAA",
    "content-type": "application/json",
  };

  it("is answered by HTTP/1.1 as any other", async () => {
    const health = await send(service.url.replace("/graphql", "/healthz"), { method: "GET", headers: offer });
    expect(health).toMatchObject({ status: 200, body: '{"live":true}' });
    const answer = await send(service.url, { headers: offer, body: query });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { data: { viewer: expect.anything() } }]);
    const long = JSON.stringify({ query: "{ __typename }", variables: { a: "x".repeat(1_000_000) } });
    expect(await send(service.url, { headers: offer, body: long })).toMatchObject({ status: 200 });
    const refused = await send(service.url, {
      headers: { ...offer, "content-type": "text/plain" },
      body: "x",
    });
    expect([refused.status, JSON.parse(refused.body).errors[0].extensions.code]).toEqual([
      415,
      "BAD_USER_INPUT",
    ]);
  });

  it("may be followed by others on its connection", async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const offered = "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: h2c\r\n\r\n";
    for (let turn = 1; turn <= 3; turn += 1) {
      socket.write(`${offered}GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
      await expect.poll(() => text.split("HTTP/1.1 200").length - 1).toBe(2 * turn);
    }
    socket.destroy();
  });
});
