import { AgentRunError } from "../domain/errors.js";
import type { Batch } from "../realtime/follow.js";

/** What a follower is sent: one reading, or at last the reason why the following had to end. */
export interface Sent<Item> {
  items: Item[];
  /** Where to resume after it. */
  cursor: string;
  caughtUp: boolean;
  failure: unknown;
}

/**
 * Batches as they are sent, each with its cursor and with `facts`. Where the following breaks, the last one says why and
 * names the cursor to resume after: an error thrown by a stream would close the whole socket. Its resolver must call
 * {@link sentOrFailure}.
 */
export function send<Item, Position, Facts extends object>(
  batches: AsyncIterableIterator<Batch<Item, Position>>,
  start: Position,
  cursorAt: (position: Position) => string,
  facts: Facts,
): AsyncIterableIterator<Sent<Item> & Facts> {
  let cursor = cursorAt(start);
  let broken = false;
  return {
    async next() {
      if (broken) return { done: true, value: undefined };
      try {
        const step = await batches.next();
        if (step.done) return { done: true, value: undefined };
        const { items, position, caughtUp } = step.value;
        cursor = cursorAt(position);
        return { done: false, value: { ...facts, items, cursor, caughtUp, failure: null } };
      } catch (error) {
        broken = true;
        const failure = error ?? new Error("unknown");
        return { done: false, value: { ...facts, items: [], cursor, caughtUp: false, failure } };
      }
    },
    async return() {
      await batches.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** What was sent, or UNAVAILABLE with `details.cursor` where the following broke. */
export function sentOrFailure<Batch extends Sent<unknown>>(sent: Batch): Batch {
  if (sent.failure === null) return sent;
  const reason = new AgentRunError(`the subscription broke; resume it after cursor ${sent.cursor}`, {
    code: "UNAVAILABLE",
    failureKind: "INFRA_FAILED",
    details: { cursor: sent.cursor },
  });
  reason.cause = sent.failure;
  throw reason;
}
