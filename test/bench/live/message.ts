/** What a server says over graphql-transport-ws, as far as a follower of runs needs it. */
export type Message =
  | { type: "connection_ack" | "ping" | "pong" }
  | { type: "next"; caughtUp: boolean; sentAtMs: readonly number[] };

/** What each appended event holds: when it was due, by the clock of the process that appends and receives, and a small diff. */
export function composeEvent(sentAtMs: number) {
  const diff = `${sentAtMs.toFixed(3)}\n@@ -41,7 +41,7 @@ describe("retry", () => {
-    await sleep(2_000);
+    await expect.poll(() => attempts, { timeout: 5_000 }).toBe(3);
     expect(await store.read(run)).toEqual(finished);`;
  return { type: "DIFF" as const, payload: { diff } };
}

/** How a message of an operation begins, up to its id. */
const beginning = Buffer.from('{"id":"');

const quote = 0x22;

/** The id of the operation that a message is for; ids have no quotes in them. */
export function readId(bytes: Buffer, start: number): string {
  const at = start + beginning.length;
  return bytes.toString("latin1", at, bytes.indexOf(quote, at));
}

const kept = 8;

/** Reads messages; of those that many sockets receive alike, but for the id of their operation, each is parsed once. */
export class MessageReader {
  readonly #known: { bytes: Buffer; message: Message }[] = [];
  #oldest = 0;

  /** Throws on a message that ends a subscription. */
  read(bytes: Buffer, start: number, end: number): Message {
    const ofOperation = bytes[start + 2] === beginning[2];
    const from = ofOperation ? bytes.indexOf(quote, start + beginning.length) : start;
    for (const { bytes: known, message } of this.#known) {
      if (known.length === end - from && known.compare(bytes, from, end) === 0) return message;
    }
    const message = parse(bytes.toString("utf8", start, end));
    this.#known[this.#oldest] = { bytes: Buffer.from(bytes.subarray(from, end)), message };
    this.#oldest = (this.#oldest + 1) % kept;
    return message;
  }
}

function parse(text: string): Message {
  const { type, payload } = JSON.parse(text) as {
    type: string;
    payload?: { data?: { runEvents: { caughtUp: boolean; events: { payload: { diff: string } }[] } } };
  };
  if (type === "connection_ack" || type === "ping" || type === "pong") return { type };
  const batch = payload?.data?.runEvents;
  if (type !== "next" || !batch) throw new Error(`a follower was told ${text}`);
  const sentAtMs = batch.events.map((event) => Number.parseFloat(event.payload.diff));
  return { type, caughtUp: batch.caughtUp, sentAtMs };
}
