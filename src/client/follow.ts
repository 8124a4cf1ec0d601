/*
 * A subscription that outlives its socket. Cursors are taken from what the consumer was handed, never from what has only
 * arrived: so that resuming after the last of them neither leaves out nor doubles anything.
 */
import type { GraphRequestError } from "./graph-request-error.js";
import { HeldBatches } from "./held-batches.js";
import { backOffMs, mayRetry } from "./retry.js";
import type { FollowSocket } from "./socket.js";
import { wait } from "./wait.js";

/** How a subscription is followed. */
export interface FollowOptions {
  /** Ends the iteration, without an error. */
  signal?: AbortSignal;
  /** Told of every failure after which it is tried again. */
  onRetry?: (error: GraphRequestError) => void;
}

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
  socket: FollowSocket,
  followed: Followed<Result, Batch>,
  options: FollowOptions,
): AsyncIterable<Batch> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<Batch, undefined> {
      const leave = new AbortController();
      const batches = read(socket, followed, options, leave);
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
  socket: FollowSocket,
  { query, variables, batchOf, cursorOf }: Followed<Result, Batch>,
  { signal, onRetry }: FollowOptions,
  leave: AbortController,
): AsyncGenerator<Batch, undefined> {
  const abort = () => leave.abort();
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    let cursor: string | undefined;
    for (let attempt = 0; ; attempt += 1) {
      await socket.ready(leave.signal);
      if (leave.signal.aborted) return;
      const resumed = { ...variables, ...(cursor === undefined ? {} : { after: cursor }) };
      const subscription = subscribe<Result>(socket, query, resumed, leave.signal);
      try {
        let step = await subscription.take();
        for (; step.kind === "batch"; step = await subscription.take()) {
          attempt = 0;
          const batch = batchOf(step.batch);
          cursor = cursorOf?.(batch);
          yield batch;
        }
        if (step.kind === "completed") return;
        if (step.kind === "overflown") continue;
        if (!mayRetry(step.error, attempt)) throw step.error;
        onRetry?.(step.error);
        if (!step.isSocketLost) await wait(backOffMs(attempt), leave.signal);
      } finally {
        subscription.close();
      }
    }
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function subscribe<Result>(
  socket: FollowSocket,
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
