/*
 * A subscription that outlives its socket. Each iterator of it is in one of five states:
 *
 *     fresh       its consumer has asked for nothing yet
 *     waiting     until the socket may be opened again, or until the next try of an operation that failed
 *     following   subscribed; what comes is held until the consumer asks for it, 8 batches at most (`held-batches.ts`)
 *     emptying    the subscription has ended, and the consumer has not yet asked for all that is held
 *     ended       its consumer gets nothing more
 *
 *                              fresh     waiting     following                   emptying
 *     the consumer asks        waiting   waiting     following: hands out        emptying: hands out; once all is: (1)
 *     the wait is over                   following
 *     a batch comes                                  following; the 9th held: emptying
 *     complete, an error,                            emptying
 *       or the socket is lost
 *     left, or aborted         ended     ended       ended                       ended
 *
 *     (1) After `complete`: ended. After the 9th: waiting, which is over at once if the socket is there. After an error or a
 *         loss that may pass: tells `onRetry`, then waiting. After any other: throws it, then ended.
 *
 * What always holds; the number stands at each test that proves it:
 *
 *     F1  Batches are handed out in order, each once: a subscription resumes after the last batch that was handed out, never
 *         after one that has only come.
 *     F2  No more than 8 batches are held; the 9th ends the subscription, which is resumed once those are handed out.
 *     F3  What had come before the end of a subscription is handed out before that end takes effect.
 *     F4  A failure that may pass is tried again for ever, told to `onRetry` once each time, after 100 ms doubling to 5 s until
 *         a batch comes, less a random half; how long after a loss is the socket's affair.
 *     F5  A fault of the service is tried again 5 times until a batch comes, whatever else fails between; then it is thrown.
 *     F6  Leaving and aborting end it at once in every state, without an error, and end its subscription.
 *     F7  It ends with `complete`, and stays ended.
 *     F8  Nothing is sent before the consumer asks; each iterator follows for itself.
 *     F9  What cannot be sent as JSON is thrown.
 */
import type { GraphRequestError } from "./graph-request-error.js";
import { HeldBatches } from "./held-batches.js";
import { Failures } from "./retry.js";
import type { Places } from "./places.js";
import type { Socket } from "./socket.js";
import { wait } from "./wait.js";

/** How a subscription is followed. */
export interface FollowOptions {
  /** Ends the iteration, without an error. */
  signal?: AbortSignal;
  /** Told of every failure after which it is tried again. */
  onRetry?: (error: GraphRequestError) => void;
}

/** How to resume a subscription: its variable `after` is the cursor of the last batch. Null where it has no such variable. */
export type CursorOf<Result, Variables> = "after" extends keyof Variables ? (data: Result) => string : null;

/** What is followed. */
export interface Followed<Result, Batch> {
  query: string;
  variables: object;
  batchOf: (result: Result) => Batch;
  /** Where to resume after a batch, as the variable `after`; null where it just begins anew. */
  cursorOf: ((batch: Batch) => string) | null;
}

/** Follows from the variables' own cursor, anew for each iterator. Nothing is sent before the first is asked for. */
export function follow<Result, Batch>(
  places: Places<Socket>,
  followed: Followed<Result, Batch>,
  options: FollowOptions,
): AsyncIterable<Batch> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<Batch, undefined> {
      const leave = new AbortController();
      const batches = read(places, followed, options, leave);
      return {
        next: () => batches.next(),
        // Not the generator's own alone: that would wait for the batch that is awaited.
        async return() {
          leave.abort();
          return batches.return(undefined);
        },
      };
    },
  };
}

async function* read<Result, Batch>(
  places: Places<Socket>,
  { query, variables, batchOf, cursorOf }: Followed<Result, Batch>,
  { signal, onRetry }: FollowOptions,
  leave: AbortController,
): AsyncGenerator<Batch, undefined> {
  const abort = () => leave.abort();
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  const { carrier: socket, leave: leavePlace } = places.take();
  try {
    // Thrown here if they are no JSON: graphql-ws would take it for a loss, and keep the socket open.
    JSON.stringify(variables);
    const failures = new Failures();
    let cursor: string | undefined;
    for (;;) {
      await socket.ready(leave.signal);
      if (leave.signal.aborted) return;
      const resumed = { ...variables, ...(cursor === undefined ? {} : { after: cursor }) };
      const subscription = subscribe<Result>(socket, query, resumed, leave.signal);
      try {
        let step = await subscription.take();
        for (; step.kind === "batch"; step = await subscription.take()) {
          failures.clear();
          const batch = batchOf(step.batch);
          cursor = cursorOf?.(batch);
          yield batch;
        }
        if (step.kind === "completed") return;
        if (step.kind === "overflown") continue;
        const waitMs = failures.add(step.error);
        if (waitMs === undefined) throw step.error;
        onRetry?.(step.error);
        if (!step.isSocketLost) await wait(waitMs, leave.signal);
      } finally {
        subscription.close();
      }
    }
  } finally {
    leavePlace();
    signal?.removeEventListener("abort", abort);
  }
}

function subscribe<Result>(
  socket: Socket,
  query: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
): Pick<HeldBatches<Result>, "take"> & { close(): void } {
  const held = new HeldBatches<Result>();
  const unsubscribe = socket.subscribe(
    { query, variables },
    {
      next: (data) => {
        if (!held.push(data as Result)) unsubscribe();
      },
      complete: () => held.end({ kind: "completed" }),
      fail: (error, isSocketLost) => held.end({ kind: "failed", error, isSocketLost }),
    },
  );
  const close = () => {
    signal.removeEventListener("abort", close);
    held.drop();
    unsubscribe();
  };
  signal.addEventListener("abort", close);
  return { take: () => held.take(), close };
}
