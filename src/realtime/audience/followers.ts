import type { Batch, Log } from "../log.js";
import type { Follower, FollowerState } from "./follower.js";
import type { Message } from "./message.js";
import { isSame } from "./place.js";

/** Makes the message of a batch. */
export type Compose<Item, Position> = (batch: Batch<Item, Position>) => Promise<Message>;

/** All who follow a log: who is idle, and what each is handed. See the table of Follower. */
export class Followers<Item, Position> {
  readonly #log: Log<Item, Position>;
  readonly #compose: Compose<Item, Position>;
  readonly #onEmpty: () => void;
  readonly #all = new Set<Follower<Position>>();
  #idle = 0;

  /** `onEmpty` is called once, when the last has gone. */
  constructor(log: Log<Item, Position>, compose: Compose<Item, Position>, onEmpty: () => void) {
    this.#log = log;
    this.#compose = compose;
    this.#onEmpty = onEmpty;
  }

  /** How many can take a message and lack nothing. */
  get idle(): number {
    return this.#idle;
  }

  get areAllIdle(): boolean {
    return this.#idle === this.#all.size;
  }

  add(follower: Follower<Position>): void {
    this.#all.add(follower);
  }

  get all(): ReadonlySet<Follower<Position>> {
    return this.#all;
  }

  /** The only place that changes a state: the number of the idle is always theirs. */
  enter(follower: Follower<Position>, state: FollowerState): void {
    if (follower.state === "idle") this.#idle -= 1;
    if (state === "idle") this.#idle += 1;
    follower.state = state;
  }

  /** Hands a message to one that is idle or reading, and to one that is gone nothing. */
  send(follower: Follower<Position>, message: Message, position: Position, atEnd: boolean): void {
    if (follower.state === "gone") return;
    this.enter(follower, "sent");
    follower.position = position;
    follower.greeted = true;
    follower.atEnd = atEnd;
    this.#hand(follower, message);
  }

  /** Hands its last message to one that is idle or reading, and says that nothing more comes. */
  sendLast(follower: Follower<Position>, message: Message, position: Position): void {
    if (follower.state === "gone") return;
    this.enter(follower, "ending");
    follower.position = position;
    this.#hand(follower, message);
    this.end(follower);
  }

  #hand(follower: Follower<Position>, message: Message): void {
    try {
      follower.receiver.take(message, follower);
    } catch (error) {
      // What is wrong with one must not keep the others waiting.
      this.end(follower, error);
    }
  }

  /** Tells one why its following ends, in a last message that names its position. */
  async fail(follower: Follower<Position>, error: unknown): Promise<void> {
    try {
      const { position } = follower;
      this.sendLast(follower, await this.#composeFailure(position, error), position);
    } catch (fault) {
      this.end(follower, fault);
    }
  }

  /** Tells all who are idle now, those at one position in the same message. */
  async failIdle(position: Position, error: unknown): Promise<void> {
    const idle = [...this.#all].filter(({ state }) => state === "idle");
    const shared = await this.#composeFailure(position, error).catch(() => undefined);
    for (const follower of idle) {
      if (shared && isSame(this.#log, follower.position, position)) this.sendLast(follower, shared, position);
      else await this.fail(follower, error);
    }
  }

  #composeFailure(position: Position, error: unknown): Promise<Message> {
    const failure = error ?? new Error("unknown");
    return this.#compose({ items: [], position, caughtUp: false, failure });
  }

  /** Says that nothing more comes. */
  end(follower: Follower<Position>, error?: unknown): void {
    if (this.remove(follower)) follower.receiver.end(error);
  }

  /** Sends nothing to it any more; false if that was so before. */
  remove(follower: Follower<Position>): boolean {
    if (follower.state === "gone") return false;
    this.enter(follower, "gone");
    this.#all.delete(follower);
    if (this.#all.size === 0) this.#onEmpty();
    return true;
  }
}
