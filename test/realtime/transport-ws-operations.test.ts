/*
 * How operations over graphql-transport-ws are answered and end, by its PROTOCOL.md. The table of all its rules is in
 * transport-ws-protocol.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSilentSocket, openSocket } from "../support/following/open-socket.js";
import { fence, framesOf, typesOf } from "../support/following/socket-frames.js";
import { acknowledged, cancel, follow, tenant } from "../support/following/socket-operations.js";
import { countWaiting, lockRun } from "../support/row-lock.js";
import { type TestService, startService } from "../support/start-service.js";
import { append, createRun, finishRun } from "../support/work.js";

let service: TestService;
let runId: string;
beforeAll(async () => {
  service = await startService();
  runId = await createRun(service);
});
afterAll(() => service.close());

const cancelOf = (id: string) => `mutation { cancelRun(input: { runId: "${id}" }) { run { id } } }`;

/** A socket whose client has completed its mutation, which waits for a lock on the run. */
async function completeWhileHeld() {
  const own = await createRun(service);
  const lock = await lockRun(service.databaseUrl, own);
  const socket = await openSocket(service.url);
  socket.begin("1", cancel, { runId: own });
  await expect.poll(() => countWaiting(service.databaseUrl)).toBe(1);
  socket.send({ id: "1", type: "complete" });
  return { own, socket, lock };
}

describe("next, error and complete of the service", () => {
  it("a subscription's batches come as next, and complete once when its source has ended", async () => {
    const own = await createRun(service);
    const socket = await openSocket(service.url);
    socket.begin("1", follow, { runId: own });
    await framesOf(socket, "1", "next");
    await append(service, own, ["one"]);
    await expect.poll(() => JSON.stringify(socket.frames.at(-1))).toContain("one");
    await finishRun(service, own);
    const types = (await framesOf(socket, "1", "complete")).map(([type]) => type);
    expect(types.filter((type) => type !== "next")).toEqual(["complete"]);
    expect((await typesOf(socket)).at(-1)).toBe("complete");
  });

  it.each([
    ["no document", "{", "GRAPHQL_PARSE_FAILED"],
    ["a document that does not fit", "{ nothing }", "GRAPHQL_VALIDATION_FAILED"],
    ["no operation", "fragment f on Query { viewer { tenantId } }", "GRAPHQL_VALIDATION_FAILED"],
    ["too much", `{ ${"viewer { tenantId } ".repeat(21)} }`, "QUERY_TOO_COMPLEX"],
    ["a wrong argument", "{ sessions(first: true) { totalCount } }", "BAD_USER_INPUT"],
  ])("%s: one error, nothing after it, the socket and the id go on", async (_what, query, code) => {
    const socket = await openSocket(service.url);
    socket.begin("1", query);
    const [[type, payload], ...others] = (await framesOf(socket, "1", "error")) as [[string, unknown]];
    expect([type, payload, others]).toEqual([
      "error",
      expect.arrayContaining([expect.objectContaining({ extensions: expect.objectContaining({ code }) })]),
      [],
    ]);
    socket.begin("1", tenant);
    await framesOf(socket, "1", "complete");
    expect(await typesOf(socket)).toEqual(["connection_ack", "error", "next", "complete"]);
  });

  it("an error of the execution comes with its data, and then complete", async () => {
    const socket = await openSocket(service.url);
    const missing = `run_${"0".repeat(32)}`;
    for (const [id, query, variables] of [
      ["q", `{ node(id: "nonsense") { id } }`, {}],
      ["m", cancelOf(missing), {}],
      ["s", follow, { runId: missing }],
    ] as const) {
      socket.begin(id, query as string, variables);
      const [[type, payload], ...others] = (await framesOf(socket, id, "complete")) as [[string, object]];
      expect([type, Object.keys(payload), others]).toEqual([
        "next",
        expect.arrayContaining(["errors"]),
        [["complete"]],
      ]);
    }
  });
});

describe("complete of the client", () => {
  it("ends a subscription: nothing comes after it, and nothing answers it", async () => {
    const own = await createRun(service);
    const socket = await openSocket(service.url);
    socket.begin("1", follow, { runId: own });
    await framesOf(socket, "1", "next");
    socket.send({ id: "1", type: "complete" });
    await append(service, own, ["unheard"]);
    const other = await openSocket(service.url);
    other.begin("1", follow, { runId: own });
    await expect.poll(() => JSON.stringify(other.frames.at(-1))).toContain("unheard");
    expect(await typesOf(socket)).toEqual(["connection_ack", "next"]);
  });

  it("drops the answer of a mutation that is under way, which is done all the same", async () => {
    const { own, socket, lock } = await completeWhileHeld();
    await fence(socket);
    await lock.release();
    const status = async () => (await service.ask(`{ run(id: "${own}") { status } }`)).run.status;
    await expect.poll(status).toBe("CANCELLED");
    socket.begin("2", tenant);
    await framesOf(socket, "2", "complete");
    expect(await typesOf(socket)).toEqual(["connection_ack", "next", "complete"]);
  });

  it("of what is unknown, ended or not yet acknowledged changes nothing", async () => {
    const socket = await openSilentSocket(service.url);
    socket.send({ id: "1", type: "complete" });
    socket.send({ type: "connection_init" });
    await expect.poll(() => socket.frames).toEqual([acknowledged]);
    socket.begin("1", tenant);
    await framesOf(socket, "1", "complete");
    for (const id of ["1", "1", "unknown", "__proto__"]) socket.send({ id, type: "complete" });
    expect(await typesOf(socket)).toEqual(["connection_ack", "next", "complete"]);
  });
});

describe("an id may be used again once its operation is complete", () => {
  it("by the service", async () => {
    const socket = await openSocket(service.url);
    const twice = ["next", "complete", "next", "complete"];
    for (let turn = 1; turn <= 4; turn += 1) {
      socket.begin("1", tenant);
      await expect.poll(() => socket.frames.filter(({ type }) => type === "complete").length).toBe(turn);
    }
    expect(await typesOf(socket)).toEqual(["connection_ack", ...twice, ...twice]);
  });

  it("by the client, in one breath: the next subscription of the id lives", async () => {
    const [own, other] = [await createRun(service), await createRun(service)];
    const socket = await openSocket(service.url);
    socket.begin("1", follow, { runId: own });
    await framesOf(socket, "1", "next");
    const before = socket.frames.length;
    socket.send({ id: "1", type: "complete" });
    socket.begin("1", follow, { runId: other });
    await expect.poll(() => socket.frames.length).toBe(before + 1);
    await append(service, other, ["heard"]);
    await expect.poll(() => JSON.stringify(socket.frames.at(-1))).toContain("heard");
    expect(await typesOf(socket)).not.toContain("complete");
  });

  it("by the client, while the first is at work: the next gets its own answer and no other", async () => {
    const { socket, lock } = await completeWhileHeld();
    socket.begin("1", tenant);
    socket.send({ id: "1", type: "complete" });
    socket.begin("1", follow, { runId });
    await fence(socket);
    await lock.release();
    await framesOf(socket, "1", "next");
    await append(service, runId, ["again"]);
    await expect.poll(() => JSON.stringify(socket.frames.at(-1))).toContain("again");
    expect(JSON.stringify(socket.frames)).not.toMatch(/cancelRun|tenantId/);
    socket.begin("1", tenant);
    expect((await socket.closed)[0]).toBe(4409);
  });
});
