import { once } from "node:events";
import { expect, it } from "vitest";
import { socketTimes, unknownSockets } from "../../../src/server/config.js";
import { type OpenSocket, openSilentSocket } from "../../support/following/open-socket.js";
import { type RawSocket, headOf, openRaw, sendRaw, upgradeHeaders } from "../../support/raw-socket.js";
import { startService } from "../../support/start-service.js";

/** How many sockets whose clients have not said who they are the nodes of these tests hold. */
const most = 60;

const upgrade = headOf("GET", upgradeHeaders);
const live = headOf("GET", {}, "/healthz");

it("connections beyond LIMIT_CONNECTIONS are closed, sockets count too, and a place that is free is taken again", async () => {
  await using service = await startService({ config: { maxConnections: 3 } });
  const query = await sendRaw(service.url, live);
  const silent = await openRaw(service.url);
  const socket = await sendRaw(service.url, upgrade);
  expect([query.status(), socket.status()]).toEqual([200, 101]);
  for (let turn = 0; turn < 3; turn += 1) {
    const beyond = await openRaw(service.url);
    expect(await beyond.closed).toBe("");
  }
  for (const held of [silent, socket, query]) {
    held.socket.destroy();
    await expect.poll(async () => (await sendRaw(service.url, live)).status()).toBe(200);
  }
});

it("sockets that have not said who they are have a limit: 503 at the upgrade, until some are known or closed", async () => {
  const times = { unknownMs: 3_600_000 };
  await using service = await startService({ config: { unknownSockets: most, socketTimes: times } });
  const first = await openSilentSocket(service.url);
  const held = await fill(service.url);
  const isFull = async () => (await open(service.url, 1)) === 0;
  expect(await isFull()).toBe(true);
  // Requests have nothing to do with it.
  expect((await sendRaw(service.url, live)).status()).toBe(200);

  await sayHello(first);
  const second = await openSilentSocket(service.url);
  expect(await isFull()).toBe(true);
  await sayHello(second);
  const third = await sendRaw(service.url, upgrade);
  expect(third.status()).toBe(101);
  expect(await isFull()).toBe(true);
  third.socket.destroy();
  await expect.poll(isFull).toBe(false);
  // As many again: of those that were known or closed nothing is left.
  for (const { socket } of held) socket.destroy();
  await expect.poll(() => open(service.url, most)).toBe(most);
  await fill(service.url);
  expect(first.socket.readyState).toBe(first.socket.OPEN);
  first.socket.terminate();
  second.socket.terminate();
});

it("a socket that says nothing in its time is closed, and what does not answer that gives its place back all the same", async () => {
  expect([unknownSockets, socketTimes.unknownMs]).toEqual([1_000, 3_000]);
  const times = { unknownMs: 200 };
  await using service = await startService({ config: { unknownSockets: most, socketTimes: times } });
  const held: RawSocket[] = [];
  const open = async () => {
    const some = await Promise.all(Array.from({ length: most }, () => sendRaw(service.url, upgrade)));
    held.push(...some.filter((raw) => raw.status() === 101));
    return held.length;
  };
  await expect.poll(open).toBeGreaterThan(2 * most);
  for (const { socket } of held) socket.destroy();
});

async function sayHello(socket: OpenSocket): Promise<void> {
  const acknowledged = once(socket.socket, "message");
  socket.send({ type: "connection_init" });
  await acknowledged;
}

/** Opens sockets that say nothing until one is refused. */
async function fill(url: string): Promise<RawSocket[]> {
  const held: RawSocket[] = [];
  for (;;) {
    const some = await Promise.all(Array.from({ length: 10 }, () => sendRaw(url, upgrade)));
    held.push(...some.filter((raw) => raw.status() === 101));
    if (some.every((raw) => raw.status() === 101) && held.length < 5 * most) continue;
    expect(some.map((raw) => raw.status())).toContain(503);
    expect(held.length).toBeGreaterThanOrEqual(most - 1);
    return held;
  }
}

/** Opens so many sockets and ends them again; gives how many could be opened. */
async function open(url: string, many: number): Promise<number> {
  const tried = await Promise.all(Array.from({ length: many }, () => sendRaw(url, upgrade)));
  for (const { socket } of tried) socket.destroy();
  return tried.filter((raw) => raw.status() === 101).length;
}
