import { type Key, decodeCursor } from "../../domain/cursor.js";
import { AgentRunError } from "../../domain/errors.js";
import type { Log } from "../../realtime/log.js";
import type { GraphContext } from "../context.js";

/** What a subscription field is given: one batch of its feed, or at last the reason why the following had to end. */
export interface Sent<Item> {
  items: Item[];
  /** Where to resume after it; empty where the feed cannot be resumed. */
  cursor: string;
  caughtUp: boolean;
  failure: unknown;
}

/** What a feed is made of. */
export interface FeedOptions<Item, Position, Facts extends object> {
  log: Log<Item, Position>;
  start: Position;
  /** The cursor of a position, to resume after it; null where the feed cannot be resumed. */
  cursorAt: ((position: Position) => string) | null;
  /** What every batch says beside its items. */
  facts: Facts;
}

/**
 * What the `subscribe` of a subscription field gives: a log, and where to begin. See subscribe.ts for what follows it. The
 * field's resolver must call {@link sentOrFailure}. That it can be iterated is what graphql-js asks of a source of events.
 */
export class Feed<Item, Position, Facts extends object> implements AsyncIterable<Sent<Item> & Facts> {
  readonly options: FeedOptions<Item, Position, Facts>;

  constructor(options: FeedOptions<Item, Position, Facts>) {
    this.options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<Sent<Item> & Facts> {
    throw new Error("a feed is followed, not iterated");
  }
}

/** Where a follower resumes: what a stream that broke says in Last-Event-ID, else the argument; null for neither. */
export function resumeKey({ lastEventId }: GraphContext, after: string | null, scope: string): Key | null {
  if (lastEventId !== null) return decodeCursor(scope, lastEventId, "Last-Event-ID");
  return after === null ? null : decodeCursor(scope, after, "after");
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
