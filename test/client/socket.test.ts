import WebSocket from "ws";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { followNumbers, followNumbersOver, next, subscription } from "../support/following/numbers.js";
import { politely, startScriptedServer } from "../support/following/scripted-server.js";

// S4
it("a socket that is never acknowledged is given up after timeoutMs, though it answers pings", async () => {
  await using server = await startScriptedServer((served, frame) => {
    if (frame.type === "ping" || server.sockets.length > 1) politely(served, frame);
  });
  const numbers = followNumbers(server, { timeoutMs: 400, pingMs: 150 });
  const first = numbers.next();
  const second = await server.until(() => server.sockets[1]);
  second.send(...next(await subscription(server, second), 1));
  expect((await first).value).toEqual({ number: 1 });
  await numbers.return?.();
  await server.until(() => server.open().length === 0);
});

// S4
it("an open socket that answers no ping is given up after pingMs", async () => {
  await using server = await startScriptedServer((served, frame) => {
    if (frame.type !== "ping" || server.sockets.length > 1) politely(served, frame);
  });
  const codes: string[] = [];
  const numbers = followNumbers(server, { pingMs: 200, onRetry: ({ code }) => codes.push(code) });
  const first = numbers.next();
  const second = await server.until(() => server.sockets[1]);
  second.send(...next(await subscription(server, second), 1));
  expect((await first).value).toEqual({ number: 1 });
  expect(codes).toEqual(["UNREACHABLE"]);
  await numbers.return?.();
});

// S4
it("a socket that was asked before it was acknowledged, and does not answer, is given up after pingMs", async () => {
  await using server = await startScriptedServer((served, frame) => {
    if (server.sockets.length > 1) politely(served, frame);
    else if (frame.type === "ping") served.send({ type: "connection_ack" });
  });
  const numbers = followNumbers(server, { pingMs: 200 });
  const first = numbers.next();
  const second = await server.until(() => server.sockets[1]);
  second.send(...next(await subscription(server, second), 1));
  expect((await first).value).toEqual({ number: 1 });
  await numbers.return?.();
});

// S3
it("a socket that is closed late, after it was given up, ends nothing of the next one", async () => {
  await using server = await startScriptedServer();
  const codes: string[] = [];
  const numbers = followNumbers(server, { onRetry: ({ code }) => codes.push(code) });
  const first = numbers.next();
  const lost = await server.until(() => server.sockets[0]);
  await subscription(server, lost);
  lost.send({ type: "nonsense" });
  lost.socket.pause();
  const served = await server.until(() => server.sockets[1]);
  const subscribed = await subscription(server, served);
  lost.socket.resume();
  await server.until(() => lost.socket.readyState === WebSocket.CLOSED);
  await served.settle();
  served.send(...next(subscribed, 1));
  expect((await first).value).toEqual({ number: 1 });
  expect(codes).toEqual(["UNREACHABLE"]);
  await numbers.return?.();
  await server.until(() => server.open().length === 0);
  expect(server.sockets).toHaveLength(2);
});

// S3
it("a token that cannot be had ends nothing once its socket was given up", async () => {
  await using server = await startScriptedServer();
  let fail = (_error: Error): void => {};
  const late = new Promise<string>((_resolve, reject) => (fail = reject));
  let asked = 0;
  const token = () => ((asked += 1) === 1 ? late : "token");
  const numbers = followNumbers(server, { token, timeoutMs: 300 });
  const first = numbers.next();
  const served = await server.until(() => server.sockets[1]);
  const subscribed = await subscription(server, served);
  fail(new Error("late"));
  await served.settle();
  served.send(...next(subscribed, 1));
  expect((await first).value).toEqual({ number: 1 });
  await numbers.return?.();
  await server.until(() => server.open().length === 0);
});

// S7
it("a source of tokens is given the one that was refused, whatever another socket's has given meanwhile", async () => {
  await using server = await startScriptedServer();
  let give = (_token: string): void => {};
  const late = new Promise<string>((resolve) => (give = resolve));
  const refused: (string | undefined)[] = [];
  const token = (old?: string) => {
    refused.push(old);
    return refused.length === 1 ? late : `token ${refused.length}`;
  };
  const numbers = followNumbers(server, { token, timeoutMs: 300 });
  const first = numbers.next();
  const second = await server.until(() => server.sockets[1]);
  await subscription(server, second);
  give("late");
  await second.settle();
  second.socket.close(4403);
  const third = await server.until(() => server.sockets[2]);
  third.send(...next(await subscription(server, third), 1));
  await first;
  expect(refused).toEqual([undefined, undefined, "token 2"]);
  await numbers.return?.();
});

// S9
it("whoever follows while the last socket is still being closed waits for nothing", async () => {
  await using server = await startScriptedServer();
  const client = createClient({ url: server.url, webSocket: WebSocket });
  const before = followNumbersOver(client);
  const first = before.next();
  const frozen = await server.until(() => server.sockets[0]);
  frozen.send(...next(await subscription(server, frozen), 1));
  await first;
  frozen.socket.pause();
  await before.return?.();
  const numbers = followNumbersOver(client);
  const again = numbers.next();
  const served = await server.until(() => server.sockets[1]);
  served.send(...next(await subscription(server, served), 2));
  expect((await again).value).toEqual({ number: 2 });
  await numbers.return?.();
  frozen.socket.resume();
  await server.until(() => server.open().length === 0);
});

// S1
it("a socket whose followers leave before it is acknowledged closes then, unless another came", async () => {
  await using server = await startScriptedServer((served, { type }) => {
    if (type === "ping") served.send({ type: "pong" });
  });
  const client = createClient({ url: server.url, webSocket: WebSocket });
  for (const comes of [true, false]) {
    const left = followNumbersOver(client);
    const leaving = left.next();
    const served = await server.until(() => server.open()[0]);
    await server.until(() => served.frames[0]);
    await left.return?.();
    expect((await leaving).done).toBe(true);
    const other = followNumbersOver(client);
    const first = comes ? other.next() : undefined;
    served.send({ type: "connection_ack" });
    if (first) {
      served.send(...next(await subscription(server, served), 1));
      expect((await first).value).toEqual({ number: 1 });
      await other.return?.();
    }
    await server.until(() => served.socket.readyState === WebSocket.CLOSED);
    expect(served.frames.filter(({ type }) => type === "subscribe")).toHaveLength(comes ? 1 : 0);
  }
  expect(server.sockets).toHaveLength(2);
});

// S6
it("a socket that is lost again and again is opened ever later, until an operation was answered", async () => {
  const openedAt: number[] = [];
  await using server = await startScriptedServer((served, frame) => {
    if (frame.type === "connection_init") openedAt.push(performance.now());
    politely(served, frame);
    if (frame.type !== "subscribe") return;
    if (openedAt.length === 5) served.send(...next(frame, 1));
    served.socket.close(1012);
  });
  const numbers = followNumbers(server);
  await numbers.next();
  const second = numbers.next();
  await server.until(() => openedAt.length === 6);
  await numbers.return?.();
  await second;
  const waits = openedAt.slice(1).map((at, index) => at - (openedAt[index] ?? 0));
  // A timer may be early by one.
  for (const [index, least] of [50, 100, 200, 400, 50].entries()) {
    expect(waits[index]).toBeGreaterThan(least - 2);
  }
  expect(waits[4]).toBeLessThan(800);
});

it("100 followers share a socket, a further one opens for more, and each closes when its last has left", async () => {
  await using server = await startScriptedServer();
  const client = createClient({ url: server.url, webSocket: WebSocket });
  const follow = () => {
    const numbers = followNumbersOver(client);
    return { first: numbers.next(), leave: () => numbers.return?.() };
  };
  const followers = Array.from({ length: 201 }, follow);
  const carried = () =>
    server
      .open()
      .map((served) => served.subscriptions().size)
      .toSorted((one, other) => other - one);
  const subscribed = () =>
    server.sockets.flatMap(({ frames }) => frames.filter(({ type }) => type === "subscribe"));
  await expect.poll(carried).toEqual([100, 100, 1]);

  // What has left makes room.
  const [left] = followers.splice(3, 1);
  await left?.leave();
  followers.push(follow());
  await expect.poll(() => subscribed().length).toBe(202);
  expect(carried()).toEqual([100, 100, 1]);

  // All come back to where they were.
  server.open()[0]?.socket.close(1012);
  await server.until(() => server.sockets[3]);
  await expect.poll(carried).toEqual([100, 100, 1]);
  for (const { leave } of followers) await leave();
  await server.until(() => server.open().length === 0);
  expect(server.sockets).toHaveLength(4);
});

it("a fragment of the URL is left out", async () => {
  await using server = await startScriptedServer();
  const client = createClient({ url: `${server.url}#part`, webSocket: WebSocket });
  const numbers = followNumbersOver(client);
  const first = numbers.next();
  const served = await server.until(() => server.sockets[0]);
  served.send(...next(await subscription(server, served), 1));
  expect((await first).value).toEqual({ number: 1 });
  await numbers.return?.();
});
