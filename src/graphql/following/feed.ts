import { type Key, type KeyShape, decodeCursor } from "../../domain/cursor.js";
import { AgentRunError, badUserInput } from "../../domain/errors.js";
import type { Log } from "../../realtime/log.js";
import type { GraphContext } from "../context.js";

/** What a subscription field's resolvers are given: one batch of its feed, or at last the reason why it had to end. */
export interface Sent<Item> {
  items: Item[];
  /** The cursor after which to resume; empty if the feed cannot be resumed. */
  cursor: string;
  caughtUp: boolean;
  failure: unknown;
}

/** What a feed is made from. */
export interface FeedOptions<Item, Position, Facts extends object> {
  log: Log<Item, Position>;
  start: Position;
  /** Makes the cursor of a position, to resume after it; null if the feed cannot be resumed. */
  cursorAt: ((position: Position) => string) | null;
  /** What every batch holds beside its items, for the resolvers of its fields. */
  facts: Facts;
}

/**
 * What the `subscribe` of a subscription field returns: a log, and where in it to begin. The function that
 * subscribe.ts builds follows it. The field's resolver must call {@link sentOrFailure}. A feed has an iterator only
 * because graphql-js demands one of a source of events; it throws if it is iterated.
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

/**
 * Reads the cursor after which a follower resumes: the header Last-Event-ID of an event stream that broke, else the
 * argument `after`. Null if there is neither. BAD_USER_INPUT if it is not a cursor of this scope, with a key of one of
 * these shapes.
 */
export function resumeKey(
  { lastEventId }: GraphContext,
  after: string | null,
  scope: string,
  ...shapes: KeyShape[]
): Key | null {
  if (lastEventId !== null) return decodeCursor(scope, lastEventId, "Last-Event-ID", ...shapes);
  return after === null ? null : decodeCursor(scope, after, "after", ...shapes);
}

/** The refusal of a cursor from before changes of which its follower cannot be told one by one. */
export function cursorTooOld(why: string): AgentRunError {
  return badUserInput("after", `is too old: ${why}; read the list anew and subscribe without it`, {
    reason: "cursor-too-old",
  });
}

/**
 * Returns the batch as it is, or throws UNAVAILABLE with `details.cursor` if the subscription broke. A refusal to go on from
 * that cursor is thrown as it is.
 */
export function sentOrFailure<Batch extends Sent<unknown>>(sent: Batch): Batch {
  if (sent.failure === null) return sent;
  if (sent.failure instanceof AgentRunError && sent.failure.code === "BAD_USER_INPUT") throw sent.failure;
  const reason = new AgentRunError(`the subscription broke; resume it after cursor ${sent.cursor}`, {
    code: "UNAVAILABLE",
    failureKind: "INFRA_FAILED",
    details: { cursor: sent.cursor },
  });
  reason.cause = sent.failure;
  throw reason;
}
