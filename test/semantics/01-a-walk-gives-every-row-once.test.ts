import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TenantStore } from "../../src/store/store.js";
import type { RunEventType } from "../generated/documents/graphql.js";
import { mark } from "../support/attention.js";
import { followRun } from "../support/following/follow.js";
import { openNode } from "../support/node.js";
import {
  type Asks,
  type Call,
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import {
  append,
  createCommand,
  createRun,
  createSession,
  finishRun,
  sessionOf,
  uniqueName,
} from "../support/work.js";

let service: TestService;
let node: TenantStore;
let call: Call;
let asks: Asks;
const ids: Record<string, string> = {};

beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  node = openNode(service);
  call = callerOf(service.url, await tokenFor("acme"));
  asks = asking(call);
  const first = await createSession(asks);
  const second = await createSession(asks);
  Object.assign(ids, { run: first.runId, other: second.runId });
  Object.assign(ids, { session: first.sessionId, otherSession: second.sessionId });
  for (const runId of [first.runId, second.runId]) {
    await append(asks, runId, ["a", "b"]);
    for (const type of ["TURN", "STEER"] as const) await createCommand(asks, runId, type);
  }
});
afterAll(async () => {
  await node.pool.end();
  await service.close();
});

interface Page {
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

/** Reads a page of a list, which is written with a `%` for its arguments. */
async function read(list: string, args: string, as = call) {
  const fields = `{ nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
  const text = list.replaceAll(/\$(\w+)/g, (_, name: string) => ids[name] ?? "");
  const { data, errors } = await as(`{ ${text.replace(/%\)/, `${args}) ${fields}`)} }`);
  let page = data;
  while (page && !("pageInfo" in page)) page = Object.values(page)[0];
  return { page: page as Page, error: errors?.[0] };
}

async function walk(list: string, size: number, backward: boolean): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = ""; ;) {
    const place = cursor && `, ${backward ? "before" : "after"}: "${cursor}"`;
    const { page } = await read(list, `${backward ? "last" : "first"}: ${size}${place}`);
    const nodes = page.nodes.map(({ id }) => id);
    found.push(...(backward ? nodes.toReversed() : nodes));
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    if (!(backward ? hasPreviousPage : hasNextPage)) return backward ? found.toReversed() : found;
    cursor = backward ? startCursor : endCursor;
  }
}

describe("a cursor is refused as BAD_USER_INPUT", () => {
  const run = `run(id: "$run")`;
  const session = `session(by: { sessionId: "$session" })`;

  it.each([
    ["in another order", `runs(%)`, `runs(orderBy: OLDEST, %)`],
    ["in another order of sessions", `sessions(%)`, `sessions(orderBy: LAST_ACTIVITY, %)`],
    ["with a filter, where it has none", `runs(%)`, `runs(filter: { projectId: "p" }, %)`],
    ["without the filter that it has", `runs(filter: { projectId: "p" }, %)`, `runs(%)`],
    [
      "with another value in the filter",
      `runs(filter: { statuses: [PENDING] }, %)`,
      `runs(filter: { statuses: [PENDING, CLAIMED] }, %)`,
    ],
    ["in another state", `sessions(filter: { state: ALL }, %)`, `sessions(filter: { state: RUNNING }, %)`],
    ["for another search", `sessions(%)`, `sessions(filter: { search: "x" }, %)`],
    ["for another reader", `sessions(readerId: "ada", %)`, `sessions(readerId: "grace", %)`],
    [
      "for another reader, by creation",
      `sessions(orderBy: CREATED, %)`,
      `sessions(orderBy: CREATED, readerId: "grace", %)`,
    ],
    ["in the archive", `sessions(%)`, `sessions(filter: { archived: true }, %)`],
    ["in another list", `runs(%)`, `sessions(orderBy: CREATED, %)`],
    ["in another run's events", `${run} { events(%) }`, `run(id: "$other") { events(%) }`],
    ["in another run's commands", `${run} { commands(%) }`, `run(id: "$other") { commands(%) }`],
    ["in the run's output", `${run} { events(%) }`, `${run} { output(%) }`],
    ["with other types", `${run} { events(%) }`, `${run} { events(types: [ASSISTANT_MESSAGE], %) }`],
    ["in the session's timeline", `${run} { events(%) }`, `${session} { timeline(%) }`],
    [
      "in another session's timeline",
      `${session} { timeline(%) }`,
      `session(by: { sessionId: "$otherSession" }) { timeline(%) }`,
    ],
    ["in all runs, where it is one session's", `${session} { runs(%) }`, `runs(%)`],
  ])("%s, and as either end", async (_where, own, other) => {
    const { page } = await read(own, "first: 1");
    const cursor = page.pageInfo.endCursor;
    expect(cursor).toEqual(expect.any(String));
    for (const [size, end] of [
      ["first", "after"],
      ["last", "before"],
      ["first", "before"],
    ]) {
      const args = `${size}: 1, ${end}: "${cursor}"`;
      expect((await read(own, args)).error).toBeUndefined();
      const { error } = await read(other, args);
      expect(error?.message).toMatch(`${end} must be a cursor of this very list`);
      expect(error?.extensions).toMatchObject({ code: "BAD_USER_INPUT", failureKind: "schema-invalid" });
    }
  });

  it("in the same list of another tenant", async () => {
    const globex = callerOf(service.url, await tokenFor("globex"));
    for (const list of [`runs(%)`, `sessions(%)`]) {
      const { page } = await read(list, "first: 1");
      const { error } = await read(list, `first: 1, after: "${page.pageInfo.endCursor}"`, globex);
      expect(error?.extensions["code"]).toBe("BAD_USER_INPUT");
    }
  });

  it("where any of its characters was changed, or some are missing or too many", async () => {
    const { page } = await read(`runs(%)`, "first: 1");
    const cursor = page.pageInfo.endCursor;
    const changed = Array.from({ length: 20 }, (_, step) =>
      Math.floor((step * (cursor.length - 1)) / 19),
    ).map((at) => cursor.slice(0, at) + (cursor[at] === "A" ? "B" : "A") + cursor.slice(at + 1));
    for (const wrong of [...changed, cursor.slice(0, -1), cursor.slice(1), `${cursor}A`, `${cursor}=`, ""]) {
      const { error } = await read(`runs(%)`, `first: 1, after: "${wrong}"`);
      expect([wrong, error?.extensions["code"]]).toEqual([wrong, "BAD_USER_INPUT"]);
    }
  });

  it("where somebody has written a place into it", async () => {
    const { page } = await read(`runs(%)`, "first: 1");
    const bytes = Buffer.from(page.pageInfo.endCursor, "base64url");
    const text = bytes.toString("latin1").replace(/20\d\d-/, "2999-");
    const written = Buffer.from(text, "latin1").toString("base64url");
    expect(written).not.toBe(page.pageInfo.endCursor);
    const { error } = await read(`runs(%)`, `first: 1, after: "${written}"`);
    expect(error?.extensions["code"]).toBe("BAD_USER_INPUT");
  });
});

it("order keys keep microseconds: rows that differ in nothing else are walked once each, in their order", async () => {
  const projectId = uniqueName("project");
  const sessions = [];
  for (let index = 0; index < 9; index += 1) sessions.push(await createSession(asks, {}, { projectId }));
  const runIds = sessions.map(({ runId }) => runId);
  // Two of them share each instant, and all of them the millisecond.
  const at = `timestamptz '2026-11-22T09:30:00.123400Z' + make_interval(secs => (place / 2) / 1e6)`;
  const places = `unnest($1::text[]) WITH ORDINALITY AS named (id, place)`;
  const { rows } = await node.pool.query(
    `UPDATE run SET created_at = ${at} FROM ${places} WHERE run.id = named.id RETURNING session_id`,
    [runIds],
  );
  await node.pool.query(
    `UPDATE session SET created_at = ${at}, last_activity_at = ${at}, updated_at = ${at}
    FROM ${places} WHERE session.id = named.id`,
    [rows.map(({ session_id }) => session_id)],
  );
  // No call can move a session's activity back: what was remembered of where it lies is void.
  await node.pool.query("DELETE FROM reader_skip");
  const filter = `filter: { projectId: "${projectId}" }`;
  const oldest = await walk(`runs(${filter}, orderBy: OLDEST, %)`, 100, false);
  expect(oldest).toEqual(runIds);
  const byCreation = await walk(`sessions(${filter}, orderBy: CREATED, %)`, 100, false);
  expect(byCreation).toHaveLength(9);
  for (const size of [1, 2]) {
    for (const backward of [false, true]) {
      expect(await walk(`runs(${filter}, orderBy: OLDEST, %)`, size, backward)).toEqual(oldest);
      expect(await walk(`runs(${filter}, %)`, size, backward)).toEqual(oldest.toReversed());
      for (const orderBy of ["CREATED", "LAST_ACTIVITY", "ATTENTION"]) {
        expect(await walk(`sessions(${filter}, orderBy: ${orderBy}, %)`, size, backward)).toEqual(byCreation);
      }
    }
  }
});

it("a walk in the order of attention passes from one band to the next and loses none", async () => {
  const projectId = uniqueName("project");
  const made: string[][] = [];
  for (const pinned of [true, false]) {
    for (const state of ["RUNNING", "UNREAD", "READ"]) {
      const band: string[] = [];
      for (let index = 0; index < 2; index += 1) {
        const { sessionId, runId } = await createSession(asks, {}, { projectId });
        if (pinned) await mark(asks, "pinSession", sessionId);
        if (state === "RUNNING") await createCommand(asks, runId);
        if (state === "READ") await mark(asks, "markSessionRead", sessionId);
        band.unshift(await sessionOf(asks, runId));
      }
      made.push(band);
    }
  }
  const list = `sessions(filter: { projectId: "${projectId}", state: ALL }, %)`;
  for (const size of [1, 3, 100]) {
    expect(await walk(list, size, false)).toEqual(made.flat());
    expect(await walk(list, size, true)).toEqual(made.flat());
  }
});

it("a follower's cursor and an edge's are the same, of a run's events and with types alike", async () => {
  const runId = await createRun(asks);
  await append(asks, runId, ["a", "b"]);
  await finishRun(asks, runId);
  const client = service.connect({ authorization: `Bearer ${await tokenFor("acme")}` });
  const both: RunEventType[] = ["ASSISTANT_MESSAGE", "TERMINAL_STATUS"];
  for (const types of [undefined, both]) {
    const { value: batch } = await followRun(client, { runId, types }).next();
    const { page } = await read(
      `run(id: "${runId}") { events(${types ? `types: [${types.join()}], ` : ""}%) }`,
      "last: 1",
    );
    expect(batch).toMatchObject({ cursor: page.pageInfo.endCursor });
  }
});
