import type { Log } from "../log.js";
import type { Follower } from "./follower.js";
import type { Compose, Followers } from "./followers.js";
import { Pages } from "./pages.js";
import { placeOf } from "./place.js";
import type { Round, Rounds } from "./rounds.js";

/**
 * Sends to who is reading what it lacks, until it has something to take or lacks nothing: from the rounds that the others
 * were sent if they are still there, else as pages of its own, which it shares with those at the same position alone.
 */
export class CatchUp<Item, Position> {
  readonly #log: Log<Item, Position>;
  readonly #compose: Compose<Item, Position>;
  readonly #followers: Followers<Item, Position>;
  readonly #rounds: Rounds<Item, Position>;
  readonly #pages: Pages<Item, Position>;
  readonly #onThere: (follower: Follower<Position>) => void;

  constructor(options: {
    log: Log<Item, Position>;
    compose: Compose<Item, Position>;
    followers: Followers<Item, Position>;
    rounds: Rounds<Item, Position>;
    /** Told of each that lacks nothing. */
    onThere: (follower: Follower<Position>) => void;
  }) {
    this.#log = options.log;
    this.#compose = options.compose;
    this.#followers = options.followers;
    this.#rounds = options.rounds;
    this.#onThere = options.onThere;
    this.#pages = new Pages(options.log);
  }

  /** Called once each time that a follower begins to read. */
  async start(follower: Follower<Position>): Promise<void> {
    try {
      while (follower.state === "reading") {
        const sent = await (this.#recall(follower) ?? this.#readPage(follower));
        // Who took it at once may read again, but not here; who left meanwhile must not be taken for idle.
        if (sent === "sent" || follower.state !== "reading") return;
        if (sent === "at end" && !this.#rounds.isBehind(follower.position)) this.#onThere(follower);
      }
    } catch (error) {
      await this.#followers.fail(follower, error);
    }
  }

  #recall(follower: Follower<Position>): Promise<"sent" | "more"> | undefined {
    const round = follower.caughtUp ? this.#rounds.from(follower.position) : undefined;
    return round && this.#sendRest(follower, round);
  }

  /** Sends of a round what comes after the follower's position. */
  async #sendRest(follower: Follower<Position>, round: Round<Item, Position>): Promise<"sent" | "more"> {
    const { reaches, positionOf } = this.#log;
    const { to, ended } = round;
    const items = round.items.filter((item) => !reaches(follower.position, positionOf(item)));
    const message =
      items.length === round.items.length
        ? round.message
        : await this.#compose({ items, position: to, caughtUp: true, failure: null });
    if (items.length === 0 || !message) {
      follower.position = to;
      return "more";
    }
    if (ended) this.#followers.sendLast(follower, message, to);
    else this.#followers.send(follower, message, to, false);
    return "sent";
  }

  async #readPage(follower: Follower<Position>): Promise<"sent" | "more" | "at end"> {
    const page = await this.#pages.after(follower.position);
    const { items, lastPosition } = page.reading;
    const { position, atEnd, ended } = placeOf(this.#log, page.reading, follower.position);
    follower.target ??= lastPosition;
    if (atEnd) follower.end = lastPosition;
    const wasCaughtUp = follower.caughtUp;
    follower.caughtUp ||= follower.target !== undefined && this.#log.reaches(position, follower.target);
    const { caughtUp } = follower;
    if (items.length === 0 && follower.greeted && caughtUp === wasCaughtUp) {
      follower.position = position;
      if (ended) this.#followers.end(follower);
      return atEnd ? "at end" : "more";
    }
    const made = page.messages.get(caughtUp) ?? this.#compose({ items, position, caughtUp, failure: null });
    page.messages.set(caughtUp, made);
    const message = await made;
    if (ended) this.#followers.sendLast(follower, message, position);
    else this.#followers.send(follower, message, position, atEnd);
    return "sent";
  }
}
