import type { AddressInfo, Socket } from "node:net";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { createAuthenticate } from "../../../src/auth/authenticate.js";
import type { GraphEnvironment } from "../../../src/graphql/context.js";
import { Graph } from "../../../src/graphql/engine/graph.js";
import { defaultLimits } from "../../../src/graphql/engine/limits.js";
import { createAnswerGraph } from "../../../src/graphql/engine/short-road.js";
import { type YogaRequest, createGraphServer } from "../../../src/graphql/engine/yoga.js";
import { schema } from "../../../src/graphql/schema.js";
import { requestTimes } from "../../../src/server/config.js";
import { createHttpServer } from "../../../src/server/http.js";
import { createLog } from "../../../src/server/log.js";
import { headOf, openRaw } from "../../support/raw-socket.js";
import { startService, tokenAuth, tokenFor } from "../../support/start-service.js";
import { sendBy } from "../../support/transports.js";

const body = JSON.stringify({ query: "{ viewer { tenantId } }", variables: { a: "x".repeat(300_000) } });

/** The parts of the service that take a request and read it, whose load can be looked at. */
async function openDoor(short: boolean) {
  const faults: unknown[] = [];
  const graph = new Graph({
    schema,
    environment: {} as GraphEnvironment,
    limits: defaultLimits,
    budget: null,
    trusted: null,
    introspection: true,
    logFault: (error) => void faults.push(error),
  });
  const yoga = createGraphServer<YogaRequest>({ graph, streams: {} });
  const { server, answered } = createHttpServer({
    graph: createAnswerGraph({ graph, yoga, short }),
    graphiql: () => false,
    webPage: null,
    authenticate: createAuthenticate(tokenAuth),
    bodyBytes: defaultLimits.bodyBytes,
    connections: 100,
    health: () => Promise.reject(new Error("nobody asks")),
    origins: { localOnly: false, origins: [] },
    requestTimes,
    isDraining: () => false,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return {
    graph,
    faults,
    answered,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
  };
}

const ways: Record<string, (socket: Socket) => void> = {
  "is gone": (socket) => socket.destroy(),
  "resets the connection": (socket) => socket.resetAndDestroy(),
  "says that nothing more comes": (socket) => socket.end(),
};

/** How much of the body had come. */
const lengths = { nothing: 0, "a byte": 1, half: body.length / 2, "all but a byte": body.length - 1 };
const cases = Object.keys(ways).flatMap((way) =>
  Object.entries(lengths).map(([part, sent]) => ({ way, part, sent })),
);

/** Sends the head of a request and a part of its body, over so many connections. */
async function begin(url: string, sent: number) {
  const authorization = `Bearer ${await tokenFor("acme")}`;
  const headers = { authorization, "content-type": "application/json", "content-length": `${body.length}` };
  const open = async () => {
    const raw = await openRaw(url);
    raw.socket.write(headOf("POST", headers) + body.slice(0, sent));
    return raw;
  };
  return Promise.all(Array.from({ length: 5 }, open));
}

const roads = cases.flatMap((each) => [
  { ...each, road: "short", short: true },
  { ...each, road: "long", short: false },
]);

it.each(roads)(
  "of a body of which $part had come when its client $way nothing is held, on the $road road",
  async ({ way, sent, short }) => {
    const { graph, faults, answered, url } = await openDoor(short);
    const sockets = await begin(url, sent);
    await expect.poll(() => graph.load.bytes).toBe(5 * (body.length + 8_192));
    for (const { socket } of sockets) ways[way]?.(socket);
    await expect.poll(() => [graph.load.bytes, graph.load.viewers]).toEqual([0, 0]);
    await answered();
    expect(faults).toEqual([]);
  },
);

it("a service logs nothing of it, and answers what comes next", async () => {
  const lines: string[] = [];
  const log = createLog("trace", { write: (line) => void lines.push(line) });
  await using service = await startService({ config: { auth: tokenAuth }, log });
  const before = lines.length;
  for (const { way, sent } of cases) {
    const sockets = await begin(service.url, sent);
    for (const { socket } of sockets) ways[way]?.(socket);
    await Promise.all(sockets.map(({ closed }) => closed));
  }
  const authorization = `Bearer ${await tokenFor("acme")}`;
  const { errors } = await sendBy(
    "POST",
    service.url,
    { query: "{ viewer { tenantId } }" },
    { authorization },
  );
  expect(errors).toEqual([]);
  expect(lines.slice(before)).toEqual([]);
});
