/** What a server says over graphql-transport-ws, as far as a follower of runs needs it. */
export type Message =
  | { type: "connection_ack" | "ping" | "pong" }
  | { type: "next"; id: string; caughtUp: boolean; sentAtMs: readonly number[] };

/** What each appended event holds: when it was due, by the clock of the process that appends and receives, and a small diff. */
export function composeEvent(sentAtMs: number) {
  const diff = `${sentAtMs.toFixed(3)}\n@@ -41,7 +41,7 @@ describe("retry", () => {
-    await sleep(2_000);
+    await expect.poll(() => attempts, { timeout: 5_000 }).toBe(3);
     expect(await store.read(run)).toEqual(finished);`;
  return { type: "DIFF" as const, payload: { diff } };
}

const kept = 8;

/** Reads messages; of those that many sockets receive alike each is parsed once. */
export class MessageReader {
  readonly #known: { bytes: Buffer; message: Message }[] = [];
  #oldest = 0;

  /** Throws on a message that ends a subscription. */
  read(bytes: Buffer, start: number, end: number): Message {
    for (const { bytes: known, message } of this.#known) {
      if (known.length === end - start && known.compare(bytes, start, end) === 0) return message;
    }
    const copy = Buffer.from(bytes.subarray(start, end));
    const message = parse(copy.toString());
    this.#known[this.#oldest] = { bytes: copy, message };
    this.#oldest = (this.#oldest + 1) % kept;
    return message;
  }
}

function parse(text: string): Message {
  const { type, id, payload } = JSON.parse(text) as {
    type: string;
    id: string;
    payload?: { data?: { runEvents: { caughtUp: boolean; events: { payload: { diff: string } }[] } } };
  };
  if (type === "connection_ack" || type === "ping" || type === "pong") return { type };
  const batch = payload?.data?.runEvents;
  if (type !== "next" || !batch) throw new Error(`a follower was told ${text}`);
  const sentAtMs = batch.events.map((event) => Number.parseFloat(event.payload.diff));
  return { type, id, caughtUp: batch.caughtUp, sentAtMs };
}
