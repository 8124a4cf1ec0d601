import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { GraphRequestError } from "../../src/client/graph-request-error.js";
import { createTransport } from "../../src/client/transport.js";
import { Failures } from "../../src/client/retry.js";

const fault = new GraphRequestError("fault", { code: "INTERNAL_SERVER_ERROR", retryable: false });
const away = new GraphRequestError("away", { code: "UNREACHABLE", retryable: true });
const refused = new GraphRequestError("refused", { code: "FORBIDDEN", retryable: false });

// F4
it("what may pass is tried again however often, and what may not never is", () => {
  const failures = new Failures();
  for (let count = 0; count < 100; count += 1) expect(failures.add(away)).toBeGreaterThan(0);
  expect(failures.add(refused)).toBeUndefined();
});

// F5
it("a fault of the service is tried again five times until a success, whatever else failed before or between", () => {
  const failures = new Failures();
  for (let success = 0; success < 2; success += 1) {
    for (let count = 0; count < 5; count += 1) {
      expect(failures.add(away)).toBeGreaterThan(0);
      expect(failures.add(fault)).toBeGreaterThan(0);
    }
    expect(failures.add(fault)).toBeUndefined();
    failures.clear();
  }
});

it.each([
  [408, true],
  [429, true],
  [503, true],
  [404, false],
  [500, false],
])("an answer of HTTP status %i without GraphQL may be asked for again: %s", async (status, retryable) => {
  const server = createServer((_request, response) => void response.writeHead(status).end("no GraphQL"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { request } = createTransport({ url: `http://127.0.0.1:${port}/graphql` });
  await expect(request("{ __typename }", {})).rejects.toMatchObject({ code: `HTTP_${status}`, retryable });
  server.close();
  server.closeAllConnections();
});
