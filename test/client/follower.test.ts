import WebSocket from "ws";
import { expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { followNumbers, next } from "../support/following/numbers.js";
import { politely, startScriptedServer } from "../support/following/scripted-server.js";

const query: string = "subscription { number }";

// F6
it.each(["a lost socket", "a failed operation"])(
  "a follower that waits after %s ends when it is aborted, and comes back no more",
  async (what) => {
    await using server = await startScriptedServer((served, frame) => {
      politely(served, frame);
      const { type, id } = frame;
      if (type !== "subscribe") return;
      if (what === "a lost socket") return served.socket.close(1012);
      served.send({ id, type: "error", payload: [{ extensions: { code: "UNAVAILABLE", retryable: true } }] });
    });
    const end = new AbortController();
    const numbers = followNumbers(server, { signal: end.signal, onRetry: () => end.abort() });
    expect((await numbers.next()).done).toBe(true);
    await server.until(() => server.open().length === 0);
    expect(server.sockets).toHaveLength(1);
    expect(server.sockets[0]?.frames.filter(({ type }) => type === "subscribe")).toHaveLength(1);
  },
);

// F4, F5
it("faults that are not in a row are tried again each time, and told each time", async () => {
  await using server = await startScriptedServer((served, frame) => {
    politely(served, frame);
    const { type, id } = frame;
    if (type !== "subscribe") return;
    const number = Number(frame.payload.variables.after ?? 0) + 1;
    served.send(...next(frame, number));
    const fault = { message: "fault", extensions: { code: "INTERNAL_SERVER_ERROR" } };
    served.send({ id, type: "error", payload: [fault] });
  });
  const codes: string[] = [];
  const numbers = followNumbers(server, { onRetry: ({ code }) => codes.push(code) });
  for (let number = 1; number <= 7; number += 1) {
    expect((await numbers.next()).value).toEqual({ number });
  }
  expect(codes).toEqual(Array.from({ length: 6 }, () => "INTERNAL_SERVER_ERROR"));
  await numbers.return?.();
});

// F7, F8
it("each iterator of what is followed begins for itself, and stays ended once it has ended", async () => {
  await using server = await startScriptedServer((served, frame) => {
    politely(served, frame);
    if (frame.type !== "subscribe") return;
    served.send(...next(frame, 1), { id: frame.id ?? "", type: "complete" });
  });
  const client = createClient({ url: server.url, webSocket: WebSocket });
  const batches = client.follow(query, {}, null);
  for (let turn = 0; turn < 2; turn += 1) {
    const numbers = batches[Symbol.asyncIterator]();
    expect((await numbers.next()).value).toEqual({ number: 1 });
    expect(await numbers.next()).toEqual({ done: true, value: undefined });
    expect(await numbers.next()).toEqual({ done: true, value: undefined });
  }
});

// F9
it("variables that are no JSON are thrown, and leave no socket open", async () => {
  await using server = await startScriptedServer();
  const client = createClient({ url: server.url, webSocket: WebSocket });
  const numbers = client.follow<unknown, object>(query, { number: 1n }, null)[Symbol.asyncIterator]();
  await expect(numbers.next()).rejects.toThrow("BigInt");
  expect(server.open()).toEqual([]);
});
