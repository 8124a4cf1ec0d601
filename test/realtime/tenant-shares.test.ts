import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { createRun } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
});
afterAll(() => service.close());

it("tenants whose rows are locked cost no other a read or a write, and the node stays ready", async () => {
  const locked = ["acme", "gamma"];
  const calls = await Promise.all(
    locked.map(async (tenant) => callerOf(service.url, await tokenFor(tenant))),
  );
  const beta = asking(callerOf(service.url, await tokenFor("beta")));
  const runIds = await Promise.all(calls.map((call) => createRun(asking(call))));
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query("BEGIN");
  await client.query("SELECT FROM tenant WHERE tenant_id = ANY($1) FOR UPDATE", [locked]);
  await client.query("SELECT FROM run WHERE id = ANY($1) FOR UPDATE", [runIds]);
  let isOver = false;
  const codes = new Set<unknown>();
  const write = async (caller: number, query: string) => {
    while (!isOver) codes.add((await calls[caller]?.(query))?.errors?.[0]?.extensions?.["code"]);
  };
  const clients = calls.flatMap((_, caller) => [
    ...Array.from({ length: 30 }, (_, number) =>
      write(
        caller,
        `mutation { createRun(input: { projectId: "p", backendProfile: "b", session: { sessionId: "s${number}" } }) { run { id } } }`,
      ),
    ),
    ...Array.from({ length: 4 }, () =>
      write(
        caller,
        `mutation { appendEvents(input: { runId: "${runIds[caller]}", events: [{ type: ERROR, payload: { message: "m" } }] }) { lastSeq } }`,
      ),
    ),
  ]);
  // Five seconds are what each of them waits before it is refused.
  for (let rounds = 0; rounds < 10 || !codes.has("RATE_LIMITED"); rounds += 1) {
    const { viewer } = (await beta.ask("{ viewer { tenantId } sessions(first: 5) { totalCount } }")) as {
      viewer: unknown;
    };
    expect(viewer).toEqual({ tenantId: "beta" });
    await createRun(beta, { session: { sessionId: "of beta" } });
    expect((await fetch(new URL("/readyz", service.url))).status).toBe(200);
  }
  await client.end();
  isOver = true;
  await Promise.all(clients);
  expect(codes).toContain("RATE_LIMITED");
  expect((await calls[0]?.("{ viewer { tenantId } }"))?.data).toEqual({ viewer: { tenantId: "acme" } });
});
