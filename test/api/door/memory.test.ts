import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Documents } from "../../../src/graphql/engine/documents.js";
import { defaultLimits } from "../../../src/graphql/engine/limits.js";
import { schema } from "../../../src/graphql/schema.js";
import { type TestService, startService, tokenAuth, tokenFor } from "../../support/start-service.js";
import { sendBy } from "../../support/transports.js";

let service: TestService;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
});
afterAll(() => service.close());

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** How many mebibytes of live objects there are more after some work than before it. */
async function growth(work: () => unknown): Promise<number> {
  collect();
  const before = process.memoryUsage().heapUsed;
  await work();
  collect();
  return (process.memoryUsage().heapUsed - before) / 1_048_576;
}

const large = (turn: number) =>
  `query q${turn} { sessions(filter: { reasons: [${"IDLE ".repeat(1_950)}] }) { totalCount } }`;

it("the documents that are kept are bounded in bytes, however many come", async () => {
  const documents = new Documents(schema, defaultLimits, true);
  const few = await growth(() => {
    for (let turn = 0; turn < 30; turn += 1) documents.read(large(turn), null);
  });
  // Thirty do take something, or this test measures nothing.
  expect(few).toBeGreaterThan(5);
  const many = await growth(() => {
    for (let turn = 30; turn < 600; turn += 1) documents.read(large(turn), null);
  });
  expect(many).toBeLessThan(100);
  documents.read(large(0), null);
});

it("documents of unknown callers, and those that are refused, are not kept", async () => {
  const send = async (headers: Record<string, string>, query: (turn: number) => string) => {
    for (let turn = 0; turn < 60; turn += 1)
      await sendBy("POST", service.url, { query: query(turn) }, headers);
  };
  const authorization = `Bearer ${await tokenFor("acme")}`;
  const invalid = (turn: number) => large(turn).replace("totalCount", "total");
  const tooLong = (turn: number) => `{ ${"a ".repeat(30_000)} x${turn} }`;
  await send({ authorization }, (turn) => invalid(turn + 100));
  expect(await growth(() => send({}, large))).toBeLessThan(8);
  expect(await growth(() => send({ authorization }, invalid))).toBeLessThan(8);
  expect(await growth(() => send({ authorization }, tooLong))).toBeLessThan(8);
});
