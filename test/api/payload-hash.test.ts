import { createHash } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashEvents } from "../../src/actions/take-events.js";
import { hashJson } from "../../src/domain/json.js";
import { openPool } from "../../src/database/pool.js";
import { PayloadKey } from "../../src/store/payload-key.js";
import { type TestService, startService } from "../support/start-service.js";
import { createRun, uniqueName } from "../support/work.js";

let service: TestService;
let pool: pg.Pool;
beforeAll(async () => {
  service = await startService();
  pool = openPool({ connectionString: service.databaseUrl, connections: 4, onError: () => {} });
});
afterAll(async () => {
  await pool.end();
  await service.close();
});

const createCommand = `mutation ($input: CreateCommandInput!) {
  createCommand(input: $input) { replayed command { id payloadHash } } }`;

async function send(payload: object, idempotencyKey?: string, to = service) {
  const input = { runId: await createRun(to), type: "TURN", payload, idempotencyKey };
  return (await to.ask(createCommand, { input })).createCommand.command;
}

describe("the hash of what was sent", () => {
  it("gives no short secret away: it is not the SHA-256 of a payload that can be guessed", async () => {
    const { payloadHash } = await send({ password: "pin 4711", note: "hello" });
    const guesses = Array.from({ length: 10_000 }, (_, pin) =>
      hashJson({ password: `pin ${pin}`, note: "hello" }),
    );
    expect(payloadHash).toMatch(/^[0-9a-f]{64}$/);
    expect(guesses).not.toContain(payloadHash);
  });

  it("is the same for the same content, its keys in any order", async () => {
    const one = await send({ a: 1, b: 2 });
    expect((await send({ b: 2, a: 1 })).payloadHash).toBe(one.payloadHash);
    expect((await send({ b: 2, a: 3 })).payloadHash).not.toBe(one.payloadHash);
  });

  it("is another with another service's key", async () => {
    await using other = await startService();
    expect((await send({ a: 1 }, undefined, other)).payloadHash).not.toBe((await send({ a: 1 })).payloadHash);
  });
});

it("all nodes have the same key, also if they ask for the first time at once", async () => {
  await pool.query("DELETE FROM service_secret");
  const keys = await Promise.all(Array.from({ length: 8 }, () => new PayloadKey(pool).read()));
  expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(1);
  expect(keys[0]?.length).toBe(32);
});

it("the hash of events is that of their list, made in parts", async () => {
  const events = [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: "a" } }, { type: "ERROR" as const }];
  const list = [
    { payload: { text: "a" }, type: "ASSISTANT_MESSAGE" },
    { payload: null, type: "ERROR" },
  ];
  const { plain } = await hashEvents(events, new Uint8Array(32));
  expect(plain).toBe(createHash("sha256").update(JSON.stringify(list)).digest("hex"));
});

const task = { projectId: "p", queue: "q", payload: { a: 1 } };
const events = [{ type: "ASSISTANT_MESSAGE", payload: { text: "a" } }];

/** Each kind of row with a hash, and what its hash was made of before there was a key. */
const rows: [string, string, (runId: string) => object, object][] = [
  [
    "run",
    "createRun",
    () => ({ projectId: "p", backendProfile: "codex" }),
    { projectId: "p", backendProfile: "codex", session: null, bundle: null, metadata: null, maxAttempts: 3 },
  ],
  ["command", "createCommand", (runId) => ({ runId, type: "TURN", payload: { a: 1 } }), { a: 1 }],
  [
    "queue_task",
    "createQueueTask",
    () => task,
    {
      ...task,
      lane: "default",
      title: null,
      priority: 0,
      backendProfile: null,
      maxAttempts: 1,
      availableAt: null,
    },
  ],
  ["event_batch", "appendEvents", (runId) => ({ runId, events }), events],
];

it.each(rows)(
  "a %s from before there was a key is known again by its key",
  async (table, mutation, inputOf, sent) => {
    const idempotencyKey = uniqueName("key");
    const input = { ...inputOf(await createRun(service)), idempotencyKey };
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { replayed } }`;
    await service.ask(query, { input });
    const plain = hashJson(sent as Parameters<typeof hashJson>[0]);
    const { rowCount } = await pool.query(
      `UPDATE ${table} SET payload_hash = $1 WHERE idempotency_key = $2 AND payload_hash <> $1`,
      [plain, idempotencyKey],
    );
    expect(rowCount).toBe(1);
    expect((await service.ask(query, { input }))[mutation].replayed).toBe(true);
  },
);
