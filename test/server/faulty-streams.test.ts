import { expect, it } from "vitest";
import { localViewer } from "../../src/auth/viewer.js";
import { Following } from "../../src/graphql/following/subscribe.js";
import { Message, type Receiver, type Source } from "../../src/realtime/audience/message.js";
import type { SocketOutlet } from "../../src/server/socket/outlet.js";
import { SocketReceiver } from "../../src/server/socket/receiver.js";
import { EventStream } from "../../src/server/sse.js";

// An error that nobody hears ends the process. Vitest fails the run for each that it is told of.

const fault = new Error("a fault of ours");
const fail = (): never => {
  throw fault;
};

/** Reads a stream of events to its end, and gives its text and what was logged. */
async function readAll(following: Following) {
  const logged: unknown[] = [];
  const logFault = (error: unknown) => void logged.push(error);
  const { body } = new EventStream(following, { commentMs: 60_000, logFault });
  let text = "";
  for await (const part of body) text += String(part);
  return { text, logged };
}

it.each<[string, Following]>([
  ["as it is started", new Following(localViewer, fail)],
  [
    "as it asks for more",
    new Following(localViewer, (receiver) => {
      receiver.take(new Message("{}", "c"), { taken: fail });
      return () => {};
    }),
  ],
])(
  "a stream of events that fails %s ends without an event complete, and the fault is logged",
  async (_when, following) => {
    const { text, logged } = await readAll(following);
    expect(logged).toEqual([fault]);
    expect(text).not.toContain("event: complete");
  },
);

it("a stream of events whose log fails later ends, and the fault is logged", async () => {
  let receiver: Receiver | undefined;
  const following = new Following(localViewer, (given) => {
    receiver = given;
    queueMicrotask(() => receiver?.end(fault));
    return () => {};
  });
  expect((await readAll(following)).logged).toEqual([fault]);
});

it("a subscription of a socket that cannot be started is told so to graphql-ws, once", async () => {
  const outlet = {
    send: (_prefix: string, _bytes: Buffer, _source: Source) => {},
  } as unknown as SocketOutlet;
  let left = 0;
  const receiver = new SocketReceiver(outlet, "1", new Following(localViewer, fail), () => (left += 1));
  await expect(receiver.next()).rejects.toBe(fault);
  await receiver.return();
  expect(left).toBe(1);
});
