import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { socketTimes } from "../../src/server/config.js";
import {
  type EventStream,
  type StreamEvent,
  type StreamRequest,
  openStream,
  sendSubscription,
} from "../support/event-stream.js";
import { followSession } from "../support/follow.js";
import {
  type TestService,
  answered,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";
import { append, createRun, createSession, finishRun } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const query = `subscription ($runId: ID!, $after: String) {
  runEvents(runId: $runId, after: $after) { cursor caughtUp events { seq } }
}`;

/** Follows a run over HTTP. */
function followRun(
  { url }: { url: string },
  variables: { runId: string; after?: string },
  options: Omit<StreamRequest, "query" | "variables"> = {},
): Promise<EventStream> {
  return openStream(url, { query, variables, ...options });
}

function seqsOf(events: readonly (StreamEvent | undefined)[]): number[] {
  const sent = events.filter((event) => event?.event === "next");
  return sent.flatMap((event) => event?.data.data.runEvents.events.map(({ seq }: { seq: number }) => seq));
}

const complete: StreamEvent = { event: "complete", id: null, data: null };

describe.each(["POST", "GET"] as const)("by %s", (method) => {
  it("an ended run's stream gives all that is stored with cursors as ids, then completes", async () => {
    const runId = await createRun(service);
    await append(service, runId, ["a", "b"]);
    await finishRun(service, runId);
    const stream = await followRun(service, { runId }, { method });
    expect(stream).toMatchObject({
      status: 200,
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
      },
    });
    const events = await stream.rest();
    expect(seqsOf(events)).toEqual([1, 2, 3, 4]);
    expect(events.map(({ id }) => id)).toEqual([events[0]?.data.data.runEvents.cursor, null]);
    expect(events.at(-1)).toEqual(complete);
  });

  it("a live follower gets each event as it happens, until the run ends", async () => {
    const runId = await createRun(service);
    const stream = await followRun(service, { runId }, { method });
    expect(seqsOf([await stream.next()])).toEqual([1]);
    await append(service, runId, ["one", "two"]);
    expect(seqsOf([await stream.next()])).toEqual([2, 3]);
    await finishRun(service, runId);
    const rest = await stream.rest();
    expect(seqsOf(rest)).toEqual([4]);
    expect(rest.at(-1)).toEqual(complete);
  });
});

it("a stream that was cut off is resumed after Last-Event-ID, which wins over the argument", async () => {
  const runId = await createRun(service);
  const stream = await followRun(service, { runId });
  const first = (await stream.next())?.id ?? "";
  await append(service, runId, ["a"]);
  const second = (await stream.next())?.id ?? "";
  stream.leave();
  await append(service, runId, ["b"]);
  await finishRun(service, runId);

  const resumed = await followRun(service, { runId }, { headers: { "last-event-id": second } });
  expect(seqsOf(await resumed.rest())).toEqual([3, 4]);
  const both = { "last-event-id": second };
  expect(seqsOf(await (await followRun(service, { runId, after: first }, { headers: both })).rest())).toEqual(
    [3, 4],
  );
  const none = { "last-event-id": "" };
  expect(seqsOf(await (await followRun(service, { runId, after: first }, { headers: none })).rest())).toEqual(
    [2, 3, 4],
  );
});

it.each<[string, StreamRequest, { code: string; message: RegExp }]>([
  [
    "a Last-Event-ID of another list",
    { query, variables: { runId: "" }, headers: { "last-event-id": "nonsense" } },
    { code: "BAD_USER_INPUT", message: /^Last-Event-ID must be a cursor/ },
  ],
  [
    "a run that is not there",
    { query, variables: { runId: `run_${"0".repeat(32)}` } },
    { code: "NOT_FOUND", message: /was not found/ },
  ],
  ["a syntax error", { query: "subscription {" }, { code: "GRAPHQL_PARSE_FAILED", message: /^Syntax Error/ }],
  [
    "a document that does not fit",
    { query: "subscription { nothing }" },
    { code: "GRAPHQL_VALIDATION_FAILED", message: /nothing/ },
  ],
])("%s is said in an event, which browsers can read, and completes", async (_what, request, expected) => {
  const runId = request.variables?.["runId"] === "" ? await createRun(service) : request.variables?.["runId"];
  const stream = await openStream(service.url, { ...request, variables: { runId } });
  expect(stream.status).toBe(200);
  expect(stream.headers["content-type"]).toContain("text/event-stream");
  const events = await stream.rest();
  expect(events).toEqual([{ event: "next", id: null, data: expect.anything() }, complete]);
  const [error] = events[0]?.data.errors;
  expect(error).toMatchObject({ extensions: { code: expected.code } });
  expect(error.message).toMatch(expected.message);
});

it.each([
  ["text/event-stream", 200],
  ["application/json, text/event-stream;q=0.5", 200],
  ["*/*", 200],
  [undefined, 200],
  ["application/json", 406],
  ["application/graphql-response+json", 406],
])("who accepts %s is answered %s", async (accept, status) => {
  const runId = await createRun(service);
  await finishRun(service, runId);
  const stream = await followRun(service, { runId }, { headers: { accept } });
  expect(stream.status).toBe(status);
  if (status === 200) {
    expect(seqsOf(await stream.rest())).toEqual([1, 2]);
  } else {
    expect(JSON.parse(await stream.text())).toEqual({
      errors: [
        {
          message: expect.stringContaining("text/event-stream"),
          extensions: expect.objectContaining({ code: "BAD_USER_INPUT", httpStatus: 406, retryable: false }),
        },
      ],
    });
  }
});

it("a comment every 12 s keeps an idle stream, which is not ended though nothing is sent", async () => {
  expect(socketTimes).toMatchObject({ commentMs: 12_000, stalledMs: 30_000 });
  await using quick = await startService({
    config: { socketTimes: { ...socketTimes, commentMs: 200, stalledMs: 50 } },
  });
  const runId = await createRun(quick);
  const stream = await followRun(quick, { runId });
  await stream.next();
  const next = stream.next();
  await expect.poll(stream.comments, { timeout: 10_000 }).toBeGreaterThan(2);
  await append(quick, runId, ["a"]);
  expect(seqsOf([await next])).toEqual([2]);
  stream.leave();
});

describe("where each viewer may have one connection", () => {
  let narrow: TestService;
  let runId: string;
  let sessionId: string;
  beforeAll(async () => {
    narrow = await startService({
      config: { socketsPerViewer: 1, socketTimes: { ...socketTimes, stalledMs: 300 } },
    });
    ({ runId, sessionId } = await createSession(narrow));
  });
  afterAll(() => narrow.close());

  /** Resolves once the one place is free, with the stream that took it. */
  async function takePlace(headers: Record<string, string> = {}): Promise<EventStream> {
    let stream: EventStream | undefined;
    const open = async () => {
      stream = await followRun(narrow, { runId }, { headers });
      return stream.status;
    };
    await expect.poll(open, { timeout: 10_000 }).toBe(200);
    return stream as EventStream;
  }

  it("one more is refused with 429 and says when it is worth another try", async () => {
    const stream = await takePlace();
    const refused = await followRun(narrow, { runId });
    expect(refused.status).toBe(429);
    expect(refused.headers["content-type"]).toContain("application/json");
    expect(JSON.parse(await refused.text()).errors[0].extensions).toMatchObject({
      code: "RATE_LIMITED",
      retryable: true,
      details: { limit: 1 },
    });
    stream.leave();
  });

  it("nothing is read any more for a client that has left", async () => {
    const stream = await takePlace();
    await stream.next();
    stream.leave();
    await expect.poll(async () => (await followRun(narrow, { runId: "run_0" })).status).toBe(200);
    const statements = await recordStatements(async () => {
      const client = narrow.connect();
      await append(narrow, runId, ["nobody follows the run"]);
    });
    expect(statements.filter(({ text }) => text.includes("AS last"))).toEqual([]);
  });
});
