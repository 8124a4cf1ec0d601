import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
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
} from "../support/following/event-stream.js";
import { followSession } from "../support/following/follow.js";
import { graphql } from "../support/graphql.js";
import {
  type Asks,
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { countWaiting, lockRun } from "../support/row-lock.js";
import { readingsOfRuns, recordStatements } from "../support/statements.js";
import { append, askForInput, createRun, createSession, finishRun } from "../support/work.js";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const query = graphql(`
  subscription StreamRun($runId: ID!, $after: String) {
    runEvents(runId: $runId, after: $after) { cursor caughtUp events { seq } }
  }
`);

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

const waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/** Lets nobody read or write a run until it is released. */
async function lockRuns(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query("BEGIN");
  await client.query("LOCK TABLE run IN ACCESS EXCLUSIVE MODE");
  return {
    /** How many statements of callers wait for it: what the service does by the clock may wait too. */
    waiting: async () =>
      (await client.query(`SELECT ${waiting} AND application_name = 'agentrun-graph'`)).rowCount,
    /** Ends the connections whose statements wait for it, and says how many. */
    endWaiting: async () => (await client.query(`SELECT pg_terminate_backend(pid) ${waiting}`)).rowCount,
    release: () => client.query("COMMIT"),
    [Symbol.asyncDispose]: () => client.end(),
  };
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
        connection: "close",
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

describe("a browser's EventSource, which comes back with Last-Event-ID after every end,", () => {
  /** Reads as EventSource does by the HTML standard, and gives the status and the events of each of its requests. */
  async function source(variables: { runId: string; after?: string }, most = 5) {
    const answers: { status: number; seqs: number[] }[] = [];
    let lastEventId: string | undefined;
    while (answers.length < most) {
      const headers = { "last-event-id": lastEventId };
      const stream = await followRun(service, variables, { method: "GET", headers });
      const events = await stream.rest();
      answers.push({ status: stream.status, seqs: seqsOf(events) });
      if (stream.status !== 200) break;
      lastEventId = events.findLast(({ id }) => id !== null)?.id ?? lastEventId;
    }
    return answers;
  }

  it("is told by 204 that an ended run has nothing left, so that it stops", async () => {
    const runId = await createRun(service);
    await finishRun(service, runId);
    expect(await source({ runId })).toEqual([
      { status: 200, seqs: [1, 2] },
      { status: 204, seqs: [] },
    ]);
  });

  it("stops too if it began at the end", async () => {
    const runId = await createRun(service);
    await finishRun(service, runId);
    const after = (await (await followRun(service, { runId })).next())?.id ?? "";
    expect(await source({ runId, after })).toEqual([
      { status: 200, seqs: [] },
      { status: 204, seqs: [] },
    ]);
  });

  it("is kept at the end of a run that lives, and gets what comes", async () => {
    const runId = await createRun(service);
    const first = await followRun(service, { runId });
    const id = (await first.next())?.id ?? "";
    first.leave();
    const stream = await followRun(service, { runId }, { method: "GET", headers: { "last-event-id": id } });
    expect(stream.status).toBe(200);
    expect(seqsOf([await stream.next()])).toEqual([]);
    await append(service, runId, ["a"]);
    expect(seqsOf([await stream.next()])).toEqual([2]);
    await finishRun(service, runId);
    expect(seqsOf(await stream.rest())).toEqual([3]);
  });

  it("takes no place of its viewer once it was answered 204", async () => {
    const times = { ...socketTimes, stalledMs: 500, commentMs: 100 };
    await using narrow = await startService({ config: { socketsPerViewer: 1, socketTimes: times } });
    const runId = await createRun(narrow);
    await finishRun(narrow, runId);
    const stream = await followRun(narrow, { runId });
    const id = (await stream.rest())[0]?.id ?? "";
    for (let request = 0; request < 3; request += 1) {
      const again = await followRun(narrow, { runId }, { headers: { "last-event-id": id } });
      expect(again.status).toBe(204);
      expect(await again.text()).toBe("");
    }
  });

  it("others get an empty batch and complete, as GraphQL over SSE has it", async () => {
    const runId = await createRun(service);
    await finishRun(service, runId);
    const after = (await (await followRun(service, { runId })).next())?.id ?? "";
    const stream = await followRun(service, { runId, after });
    expect(stream.status).toBe(200);
    const events = await stream.rest();
    expect(seqsOf(events)).toEqual([]);
    expect(events.at(-1)).toEqual(complete);
  });
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
  const error = events[0]?.data.errors[0];
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
    config: { socketTimes: { commentMs: 200, stalledMs: 50 } },
  });
  const runId = await createRun(quick);
  const stream = await followRun(quick, { runId });
  await stream.next();
  const next = stream.next();
  await expect.poll(stream.comments).toBeGreaterThan(2);
  await append(quick, runId, ["a"]);
  expect(seqsOf([await next])).toEqual([2]);
  stream.leave();
});

describe("where each viewer may have one connection", () => {
  let narrow: TestService;
  let asks: Asks;
  let headers: { authorization: string };
  let bob: string;
  let runId: string;
  let sessionId: string;
  let endedRunId: string;
  beforeAll(async () => {
    const times = { stalledMs: 500, commentMs: 100 };
    narrow = await startService({ config: { auth: tokenAuth, socketsPerViewer: 1, socketTimes: times } });
    const token = await tokenFor("acme");
    headers = { authorization: `Bearer ${token}` };
    bob = await tokenFor("acme", ["reader"], "bob");
    asks = asking(callerOf(narrow.url, token));
    ({ runId, sessionId } = await createSession(asks));
    endedRunId = await createRun(asks);
    await finishRun(asks, endedRunId);
  });
  afterAll(() => narrow.close());

  /** Waits until the viewer's one place is free. */
  async function placeIsFree(): Promise<void> {
    const take = async () => {
      const stream = await followRun(narrow, { runId: endedRunId }, { headers });
      await stream.text();
      return stream.status;
    };
    await expect.poll(take).toBe(200);
  }

  it("one more is refused with 429, as JSON", async () => {
    const stream = await followRun(narrow, { runId }, { headers });
    const refused = await followRun(narrow, { runId }, { headers });
    expect(refused.status).toBe(429);
    expect(refused.headers["content-type"]).toContain("application/json");
    expect(JSON.parse(await refused.text()).errors[0].extensions).toMatchObject({
      code: "RATE_LIMITED",
      retryable: true,
      details: { limit: 1 },
    });
    stream.leave();
    await placeIsFree();
  });

  it("nothing is read any more for a client that has left", async () => {
    const client = narrow.connect({ authorization: `Bearer ${bob}` });
    const witness = followSession(client, { session: { sessionId } });
    await witness.next();
    const readings = async () => {
      // Not an append: what its node keeps in memory is read for nobody.
      const sent = await recordStatements(async () => {
        await askForInput(asks, runId);
        await witness.next();
      });
      return readingsOfRuns(sent).length;
    };
    const stream = await followRun(narrow, { runId }, { headers });
    await stream.next();
    expect(await readings()).toBeGreaterThan(0);
    stream.leave();
    await placeIsFree();
    expect(await readings()).toBe(0);
    await client.dispose();
  });

  it("nobody is followed for who left before the subscription was accepted", async () => {
    await using runs = await lockRuns(narrow.databaseUrl);
    const sent = sendSubscription(narrow.url, { query, variables: { runId }, headers });
    await expect.poll(runs.waiting).toBe(1);
    sent.destroy();
    await fetch(new URL("/healthz", narrow.url));
    await runs.release();
    await expect.poll(runs.waiting).toBe(0);
    await createRun(asks);
    await placeIsFree();
  });

  it("who does not read what waits is ended, and gets the rest after the last id", async () => {
    const long = await createRun(asks);
    const texts = Array.from({ length: 500 }, () => "x".repeat(8_000));
    for (let page = 0; page < 6; page += 1) await append(asks, long, texts);
    const text = graphql(`
      subscription StreamTexts($runId: ID!) {
        runEvents(runId: $runId) { cursor events { seq ... on AssistantMessageEvent { text } } }
      }
    `);
    await finishRun(asks, long);
    const follow = (url: string, extra = {}) =>
      openStream(url, {
        query: text,
        variables: { runId: long },
        headers: { ...headers, ...extra },
      });

    let stream: EventStream;
    const sent = await recordStatements(async () => {
      stream = await follow(narrow.url);
      await placeIsFree();
    });
    expect(readingsOfRuns(sent).length).toBeLessThan(7);
    const read: StreamEvent[] = [];
    const readAll = async () => {
      for (let event = await stream.next(); event; event = await stream.next()) read.push(event);
    };
    await expect(readAll()).rejects.toThrow(/aborted/);
    expect(seqsOf(read).length).toBeLessThan(3_000);

    // From a node that has patience with a client on a busy machine.
    const { databaseUrl } = narrow;
    await using patient = await startService({ databaseUrl, config: { auth: tokenAuth } });
    const resumed = await follow(patient.url, { "last-event-id": read.at(-1)?.id ?? "" });
    const rest = await resumed.rest();
    expect([...seqsOf(read), ...seqsOf(rest)]).toEqual(
      Array.from({ length: 3_002 }, (_, index) => index + 1),
    );
    expect(rest.at(-1)).toEqual(complete);
  });
});

it("a stream ends without completing when its token expires", async () => {
  await using guarded = await startService({ config: { auth: tokenAuth } });
  const token = await tokenFor("acme", undefined, "ada", 2);
  const asks = asking(callerOf(guarded.url, token));
  const runId = await createRun(asks);
  const stream = await followRun(guarded, { runId }, { headers: { authorization: `Bearer ${token}` } });
  const events = await stream.rest();
  expect(seqsOf(events)).toEqual([1]);
  expect(events).not.toContainEqual(complete);
});

it("without a token a stream is refused with 401, and the reason in an event", async () => {
  await using guarded = await startService({ config: { auth: tokenAuth } });
  const stream = await followRun(guarded, { runId: "run_0" });
  expect(stream.status).toBe(401);
  const [refusal] = await stream.rest();
  expect(refusal?.data.errors[0].extensions.code).toBe("UNAUTHENTICATED");
});

it("streams end without completing when the service closes, and do not wait for what is under way", async () => {
  const closing = await startService();
  const runId = await createRun(closing);
  const stream = await followRun(closing, { runId });
  await stream.next();
  const lock = await lockRun(closing.databaseUrl, runId);
  const underWay = append(closing, runId, ["a"]);
  await expect.poll(() => countWaiting(closing.databaseUrl)).toBe(1);
  const closed = closing.close();
  expect(await stream.rest()).toEqual([]);
  await lock.release();
  await underWay;
  await closed;
});

it("a stream that is accepted while the service closes ends at once, too", async () => {
  const closing = await startService();
  const runId = await createRun(closing);
  let closed: Promise<void>;
  {
    await using runs = await lockRuns(closing.databaseUrl);
    const opened = followRun(closing, { runId });
    await expect.poll(runs.waiting).toBe(1);
    closed = closing.close();
    await runs.release();
    const stream = await opened;
    expect(stream.status).toBe(200);
    expect(await stream.rest()).toEqual([]);
  }
  await closed;
});

it("curl -N follows a run", async ({ skip }) => {
  const curl = await promisify(execFile)("curl", ["--version"]).catch(() => undefined);
  if (!curl) skip("there is no curl here");
  const runId = await createRun(service);
  const body = JSON.stringify({ query, variables: { runId } });
  const json = ["-H", "content-type: application/json", "-H", "accept: text/event-stream"];
  const child = spawn("curl", ["-sSN", service.url, ...json, "-d", body]);
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const ended = once(child, "close");
  await expect.poll(() => printed).toMatch(/^id: \S+\nevent: next\ndata: \{.*"seq":1\}/m);
  await append(service, runId, ["a"]);
  await expect.poll(() => printed).toMatch(/"seq":2\}/);
  await finishRun(service, runId);
  expect(await ended).toEqual([0, null]);
  expect(printed).toMatch(/\nevent: complete\ndata:\n\n$/);
});

it("a following that breaks says why and where to go on, completes, and is resumed after its id", async () => {
  const { databaseUrl } = service;
  await using looking = await startService({ databaseUrl, config: { pollMs: 100 } });
  const runId = await createRun(service);
  const stream = await followRun(looking, { runId });
  const first = await stream.next();
  {
    await using lock = await lockRuns(databaseUrl);
    // The next look at the run waits for the lock.
    let ended = 0;
    await expect.poll(async () => (ended += (await lock.endWaiting()) ?? 0)).toBeGreaterThan(0);
    const details = { cursor: first?.id };
    expect(await stream.rest()).toMatchObject([
      { event: "next", id: first?.id, data: { errors: [{ extensions: { code: "UNAVAILABLE", details } }] } },
      complete,
    ]);
  }
  await append(service, runId, ["after"]);
  await finishRun(service, runId);
  const resumed = await followRun(service, { runId }, { headers: { "last-event-id": first?.id ?? "" } });
  expect(seqsOf(await resumed.rest())).toEqual([2, 3]);
});
