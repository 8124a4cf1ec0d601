import { WebSocket } from "ws";
import { Caller, composeRequest } from "./caller.js";
import type { FollowJob, FollowReport } from "./load.js";
import { percentile } from "./median.js";
import { appendBody } from "./operations.js";

const subscription =
  "subscription ($runId: ID!) { runEvents(runId: $runId, types: [DIFF]) { cursor events { seq payload } } }";

/** Appends DIFF events that carry when they were sent, and notes when each follower has each. */
export async function measureFollowers(job: FollowJob): Promise<FollowReport> {
  const { url, runId, durationMs, eventsPerSecond, followers } = job;
  const latenciesMs: number[] = [];
  const sent = Math.round((durationMs / 1000) * eventsPerSecond);
  let settle = () => {};
  const allReceived = new Promise<void>((resolve) => (settle = resolve));
  const note = (events: { payload: { diff: string } }[]) => {
    for (const { payload } of events) latenciesMs.push(performance.now() - Number(payload.diff));
    if (latenciesMs.length === sent * followers) settle();
  };
  const sockets = await Promise.all(Array.from({ length: followers }, () => openFollower(url, runId, note)));

  const target = new URL(url);
  const idle: Caller[] = [];
  const start = performance.now();
  const answers: Promise<unknown>[] = [];
  for (let index = 0; index < sent; index += 1) {
    await until(start + (index * 1000) / eventsPerSecond);
    const caller = idle.pop() ?? new Caller(target);
    const body = appendBody(runId, [{ type: "DIFF", payload: { diff: String(performance.now()) } }]);
    answers.push(caller.call(composeRequest(target, body)).then(() => idle.push(caller)));
  }
  await Promise.all(answers);
  await allReceived;

  for (const caller of idle) caller.close();
  for (const socket of sockets) socket.terminate();
  return {
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    received: latenciesMs.length,
  };
}

/** Opens a subscription that has read all that was there; later events go to `note`. */
function openFollower(
  url: string,
  runId: string,
  note: (events: { payload: { diff: string } }[]) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws", {
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    let caughtUp = false;
    socket.on("error", reject);
    socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as {
        type: string;
        payload?: { data?: { runEvents: { events: { payload: { diff: string } }[] } } };
      };
      if (message.type === "connection_ack") {
        const payload = { query: subscription, variables: { runId } };
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
      } else if (message.type === "next" && message.payload?.data) {
        if (caughtUp) note(message.payload.data.runEvents.events);
        caughtUp = true;
        resolve(socket);
      } else if (message.type !== "ping") {
        reject(new Error(`a follower was told ${data.toString()}`));
      }
    });
  });
}

function until(instantMs: number): Promise<void> {
  const leftMs = instantMs - performance.now();
  return new Promise((resolve) => (leftMs > 1 ? setTimeout(resolve, leftMs) : setImmediate(resolve)));
}
