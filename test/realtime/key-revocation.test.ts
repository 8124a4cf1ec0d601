import { expect, it, onTestFinished, vi } from "vitest";
import { socketTimes } from "../../src/server/config.js";
import { createKey, revokeKey } from "../support/api-key.js";
import { type EventStream, openStream } from "../support/following/event-stream.js";
import { type OpenSocket, openSocket } from "../support/following/open-socket.js";
import { graphql } from "../support/graphql.js";
import { asking, callerOf, codeOf, startService, tokenAuth, tokenFor } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";

const auth = { kind: "keys", keys: true } as const;
const lookUps = /FROM api_key WHERE hash/;
const follow = graphql(`subscription CountsOfKey { inboxCounts { total } }`);
const whoIs = graphql(`query WhoIsByKey { viewer { readerId } }`);

/** The first message of a stream shows that it is open. */
async function openCounts(url: string, key: string): Promise<EventStream> {
  const stream = await openStream(url, { query: follow, headers: { authorization: `Bearer ${key}` } });
  expect((await stream.next())?.data.data.inboxCounts).toEqual({ total: 0 });
  return stream;
}

it("a key that is revoked is refused on every node within 5 s, and its sockets and streams end", async () => {
  await using one = await startService({ config: { auth: { ...tokenAuth, keys: true } } });
  const { databaseUrl } = one;
  await using two = await startService({ databaseUrl, config: { auth } });
  const nodes = [one, two];
  const { key, id } = await createKey(one);
  const { key: other } = await createKey(one);
  const sockets: OpenSocket[] = [];
  const streams: EventStream[] = [];
  for (const { url } of nodes) {
    sockets.push(await openSocket(url, key));
    streams.push(await openCounts(url, key));
  }
  const spared = [await openSocket(one.url, await tokenFor("acme")), await openSocket(two.url, other)];

  const askAll = () => Promise.all(nodes.map(({ url }) => codeOf(callerOf(url, key)(whoIs))));
  // Each node has just looked at it, and remembers that it is good.
  expect(await askAll()).toEqual([undefined, undefined]);
  await revokeKey(one, id);
  const revokedAt = performance.now();
  // Sockets that are opened while a node still remembers the key end as well.
  const late = await Promise.all(nodes.map(({ url }) => openSocket(url, key)));
  const closed = Promise.all([...sockets, ...late].map((socket) => socket.closed));
  const ended = Promise.all(streams.map((stream) => stream.rest()));
  await expect.poll(askAll).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
  for (const code of (await closed).map(([each]) => each)) expect([4401, 4403]).toContain(code);
  // A stream that ends without `complete` may come back, and is refused then.
  for (const events of await ended) expect(events.map(({ event }) => event)).not.toContain("complete");
  // Long before those who have no key are looked at again.
  expect(performance.now() - revokedAt).toBeLessThan(socketTimes.recheckMs);
  expect(socketTimes).toMatchObject({ keyRecheckMs: 4_000, recheckMs: 60_000 });
  expect(await Promise.all(sockets.map((socket) => socket.closed))).toEqual([
    [4403, "the token is not valid any more"],
    [4403, "the token is not valid any more"],
  ]);
  for (const { url } of nodes)
    expect(await (await openSocket(url, key)).closed).toEqual([4401, "the API key was revoked"]);
  for (const socket of spared) {
    expect(socket.socket.readyState).toBe(socket.socket.OPEN);
    socket.socket.close();
  }
});

it("a key that is revoked after its node's clock was set back is found all the same", async () => {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["Date"] });
  const config = { auth, socketTimes: { keyRecheckMs: 1_000 } };
  await using service = await startService({ config });
  const { key, id } = await createKey(service);
  const { closed } = await openSocket(service.url, key);
  // Until it was looked at once it is due whatever the clock says.
  await recordStatements(async (sent) => {
    await expect.poll(() => sent.some(({ text }) => lookUps.test(text))).toBe(true);
  });
  vi.setSystemTime(Date.now() - 3_600_000);
  await revokeKey(service, id);
  expect(await closed).toEqual([4403, "the token is not valid any more"]);
});

it("idle sockets cost one statement a period, whatever their number and that of their keys", async () => {
  const keyRecheckMs = 1_500;
  await using service = await startService({
    config: { auth, socketTimes: { keyRecheckMs }, socketsPerViewer: 1_000 },
  });
  const first = await createKey(service);
  const more = await Promise.all(Array.from({ length: 9 }, () => createKey(service)));
  const sockets: OpenSocket[] = [];
  for (let batch = 0; batch < 3; batch += 1) {
    const opened = Array.from({ length: 100 }, () => openSocket(service.url, first.key));
    sockets.push(...(await Promise.all(opened)));
  }
  for (const { key } of more) sockets.push(await openSocket(service.url, key));
  expect(sockets.every(({ frames }) => frames[0]?.type === "connection_ack")).toBe(true);

  const startedAt = performance.now();
  let periods = 0;
  const sent = await recordStatements(async (recorded) => {
    const found = () => recorded.filter(({ text }) => lookUps.test(text)).length;
    await expect.poll(found).toBeGreaterThanOrEqual(4);
    periods = (performance.now() - startedAt) / keyRecheckMs;
  });
  const found = sent.filter(({ text }) => lookUps.test(text));
  // Each is looked at a fifth of a period early, so that none is late.
  expect(found.length).toBeLessThanOrEqual(Math.ceil((periods + 1) / 0.8));
  expect(sockets.every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);
  await revokeKey(service, first.id);
  const closed = await Promise.all(sockets.slice(0, 300).map((socket) => socket.closed));
  expect(new Set(closed.map(([code]) => code))).toEqual(new Set([4403]));
  for (const { socket } of sockets.slice(300)) expect(socket.readyState).toBe(socket.OPEN);
  expect((await asking(callerOf(service.url, more[0]?.key)).ask(whoIs)).viewer.readerId).toBe(more[0]?.id);
  for (const { socket } of sockets) socket.close();
});
