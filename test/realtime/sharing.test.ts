import { afterAll, beforeAll, expect, it } from "vitest";
import type { Scope } from "../../src/auth/viewer.js";
import { mark } from "../support/attention.js";
import { type OpenSocket, openSocket } from "../support/following/open-socket.js";
import { type Operation, graphql } from "../support/graphql.js";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { readingsOfRuns, recordStatements } from "../support/statements.js";
import { append, createRun, createSession } from "../support/work.js";

// The numbers are those of the invariants in src/realtime/audience.

let service: TestService;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
});
afterAll(() => service.close());

const runEvents = graphql(`
  subscription ShareRun($runId: ID!, $after: String) {
    runEvents(runId: $runId, after: $after) { cursor events { seq } run { status } }
  }
`);

it("A1: equal followers share what one costs", async () => {
  const token = await tokenFor("acme");
  const asks = asksWith(token);
  const count = async (followers: number) => {
    const runId = await createRun(asks);
    const sockets = await Promise.all(
      Array.from({ length: followers }, () => openSocket(service.url, token)),
    );
    for (const { begin } of sockets) begin("1", runEvents, { runId });
    await expect.poll(() => sockets.map(newest)).toEqual(sockets.map(() => 1));
    const sent = await recordStatements(async () => {
      await append(asks, runId, ["news"]);
      await expect.poll(() => sockets.map(newest)).toEqual(sockets.map(() => 2));
    });
    for (const { socket } of sockets) socket.close();
    return sent.map(({ text }) => text);
  };
  const one = await count(1);
  expect(await count(20)).toEqual(one);
});

it("A1: followers of different cursors share as soon as they have caught up", async () => {
  const token = await tokenFor("acme");
  const asks = asksWith(token);
  const runId = await createRun(asks);
  const first = await openSocket(service.url, token);
  first.begin("1", runEvents, { runId });
  await expect.poll(() => newest(first)).toBe(1);
  const after = batches(first)[0]?.cursor;
  await append(asks, runId, ["a"]);
  const second = await openSocket(service.url, token);
  second.begin("1", runEvents, { runId, after });
  await expect.poll(() => [newest(first), newest(second)]).toEqual([2, 2]);
  const sent = await recordStatements(async () => {
    await append(asks, runId, ["b"]);
    await expect.poll(() => [newest(first), newest(second)]).toEqual([3, 3]);
  });
  expect(readingsOfRuns(sent)).toEqual([]);
  await using other = await startService({
    config: { auth: tokenAuth },
    databaseUrl: service.databaseUrl,
  });
  const elsewhere = await recordStatements(async () => {
    await append(asking(callerOf(other.url, token)), runId, ["c"]);
    await expect.poll(() => [newest(first), newest(second)]).toEqual([4, 4]);
  });
  expect(readingsOfRuns(elsewhere)).toHaveLength(1);
});

it("A1: followers of many runs that are appended to at once share readings", async () => {
  const token = await tokenFor("acme");
  const asks = asksWith(token);
  const runIds = await Promise.all(Array.from({ length: 12 }, () => createRun(asks)));
  const followed = await openSocket(service.url, token);
  for (const runId of runIds) followed.begin(runId, runEvents, { runId });
  const seqs = () =>
    runIds.map(
      (runId) =>
        batches(followed, runId)
          .flatMap(({ events }) => events)
          .at(-1)?.seq,
    );
  await expect.poll(seqs).toEqual(runIds.map(() => 1));
  // Over one socket, so that they arrive at once however busy the machine is.
  const writer = await openSocket(service.url, token);
  const query = `mutation ($runId: ID!) { appendEvents(input: { runId: $runId, events: [{ type: ASSISTANT_MESSAGE, payload: { text: "news" } }] }) { lastSeq } }`;
  const sent = await recordStatements(async () => {
    for (const runId of runIds) writer.begin(runId, query, { runId });
    await expect.poll(seqs).toEqual(runIds.map(() => 2));
  });
  expect(readingsOfRuns(sent).length).toBeLessThan(runIds.length);
});

it("tenants that follow the same operation get their own", async () => {
  const operation = graphql(`
    subscription ShareInbox { sessionAttentionChanged { sessions { sessionId } counts { total } } }
  `);
  const names = ["tenant-a", "tenant-b"];
  const [a, b] = await Promise.all(names.map((name) => follow(operation, name, ["operator"], "ada")));
  await createSession(asksWith(await tokenFor("tenant-a")), { sessionId: "of-a" });
  await expect.poll(() => lastOf(a)?.counts.total).toBe(1);
  await createSession(asksWith(await tokenFor("tenant-b")), { sessionId: "of-b" });
  await expect.poll(() => lastOf(b)?.counts.total).toBe(1);
  expect(JSON.stringify(a?.frames)).not.toContain("of-b");
  expect(JSON.stringify(b?.frames)).not.toContain("of-a");
});

it("readers that follow the same operation get their own inbox, and so do those who may name a reader", async () => {
  const operation = graphql(`
    subscription ShareAttention {
      sessionAttentionChanged { sessions { id attention { state } } counts { unread read } }
    }
  `);
  const tenant = "readers";
  const { sessionId } = await createSession(asksWith(await tokenFor(tenant)));
  const [ada, grace, operator] = [
    await follow(operation, tenant, ["reader"], "ada"),
    await follow(operation, tenant, ["reader"], "grace"),
    await follow(operation, tenant, ["operator"], "olga"),
  ];
  const marks = asksWith(await tokenFor(tenant, ["reader"], "ada"));
  await mark(marks, "markSessionRead", sessionId);
  await expect.poll(() => lastOf(ada)?.counts).toEqual({ unread: 0, read: 1 });
  const other = await createSession(asksWith(await tokenFor(tenant)));
  expect(other.runId).toBeTruthy();
  await expect
    .poll(() => [lastOf(grace)?.counts, lastOf(operator)?.counts])
    .toEqual([
      { unread: 2, read: 0 },
      { unread: 2, read: 0 },
    ]);
  await expect.poll(() => lastOf(ada)?.counts).toEqual({ unread: 1, read: 1 });
});

it("what one token may not see is refused to it alone", async () => {
  const operation = graphql(`subscription CountsOfGrace { inboxCounts(readerId: "grace") { total } }`);
  const [reader, operator] = [
    await openSocket(service.url, await tokenFor("rights", ["reader"], "ada")),
    await openSocket(service.url, await tokenFor("rights", ["operator"], "ada")),
  ];
  for (const { begin } of [operator, reader]) begin("1", operation);
  await expect.poll(() => [operator.frames[1]?.type, reader.frames[1]?.type]).toEqual(["next", "next"]);
  expect(operator.frames[1]?.payload).toEqual({ data: { inboxCounts: { total: 0 } } });
  expect(reader.frames[1]?.payload.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
});

function asksWith(token: string) {
  return asking(callerOf(service.url, token));
}

/** Follows as one caller, and waits for the first batch. */
async function follow(
  operation: Operation<unknown, Record<string, never>>,
  tenant: string,
  scopes: readonly Scope[],
  reader: string,
): Promise<OpenSocket> {
  const opened = await openSocket(service.url, await tokenFor(tenant, scopes, reader));
  opened.begin("1", operation);
  await expect.poll(() => opened.frames.at(-1)?.type).toBe("next");
  return opened;
}

function lastOf(opened: OpenSocket | undefined) {
  return opened?.frames.findLast(({ type }) => type === "next")?.payload.data.sessionAttentionChanged;
}

function batches({ frames }: OpenSocket, operation = "1"): { cursor: string; events: { seq: number }[] }[] {
  return frames.flatMap(({ id, type, payload }) =>
    type === "next" && id === operation ? [payload.data.runEvents] : [],
  );
}

/** The seq of the newest event that has come. */
function newest(opened: OpenSocket): number {
  return (
    batches(opened)
      .flatMap(({ events }) => events.map(({ seq }) => seq))
      .at(-1) ?? 0
  );
}
