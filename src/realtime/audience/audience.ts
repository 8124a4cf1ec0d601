import { setImmediate } from "node:timers/promises";
import type { Bell, Hub } from "../hub.js";
import type { Batch, Log, Reading } from "../log.js";
import { Follower } from "./follower.js";
import type { Message, Receiver } from "./message.js";
import { Pages } from "./pages.js";
import { type Round, Rounds } from "./rounds.js";

/** How long followers wait for a wake-up before their log is read all the same, in milliseconds. */
export const pollMs = 5_000;

/** How many are sent a round before whatever else waits in the process gets its turn: about ten milliseconds. */
const sentInTurn = 1_000;

/**
 * All who follow one log in the same way. It listens before it reads, and then reads again at each wake-up, or every
 * {@link pollMs}, until the log has ended and all is sent. Who has caught up shares one reading and one message; who cannot
 * take it keeps a position of its own, reads larger pages when it can, and joins the others when it has caught up again. A
 * follower's first batch comes at once, empty where nothing is stored. Where reading fails, its last one says why.
 */
export class Audience<Item, Position> {
  readonly #log: Log<Item, Position>;
  readonly #compose: (batch: Batch<Item, Position>) => Promise<Message>;
  readonly #onEmpty: () => void;
  readonly #bell: Bell;
  readonly #followers = new Set<Follower<Position>>();
  readonly #pages: Pages<Item, Position>;
  readonly #rounds: Rounds<Item, Position>;
  #idle = 0;
  #running = false;
  /** How far the rounds are, whether that was the end of the log, and whether nothing will come after it. */
  #position: Position | undefined;
  #atEnd = true;
  #ended = false;

  constructor(options: {
    hub: Hub;
    log: Log<Item, Position>;
    compose: (batch: Batch<Item, Position>) => Promise<Message>;
    /** Called when the last follower has gone; nobody may join after it. */
    onEmpty: () => void;
  }) {
    this.#log = options.log;
    this.#compose = options.compose;
    this.#onEmpty = options.onEmpty;
    this.#pages = new Pages(options.log);
    this.#rounds = new Rounds(options.log);
    this.#bell = options.hub.attach(...options.log.topics);
  }

  /** Sends the log after a position to a receiver, until it ends or the function that is given back is called. */
  join(receiver: Receiver, after: Position): () => void {
    const follower = new Follower(receiver, after, this.#goOn);
    this.#followers.add(follower);
    void this.#catchUp(follower);
    return () => this.#remove(follower);
  }

  readonly #goOn = (follower: Follower<Position>): void => {
    if (follower.gone) return;
    const atRounds = this.#position !== undefined && this.#isSame(follower.position, this.#position);
    const canJoin = follower.caughtUp && (atRounds || (follower.atEnd && !this.#isBehind(follower)));
    if (canJoin) this.#settle(follower, atRounds);
    else void this.#catchUp(follower);
  };

  /** Sends a follower what it lacks, from what the others were sent where that is still there, else as pages of its own. */
  async #catchUp(follower: Follower<Position>): Promise<void> {
    try {
      while (!follower.gone) {
        const sent = await (this.#recall(follower) ?? this.#readPage(follower));
        if (sent === "sent") return;
        if (sent === "at end" && !this.#isBehind(follower)) {
          this.#settle(follower, false);
          return;
        }
      }
    } catch (error) {
      await this.#fail(follower, error);
    }
  }

  #recall(follower: Follower<Position>): Promise<"sent" | "more"> | undefined {
    const round = follower.caughtUp ? this.#rounds.from(follower.position) : undefined;
    return round && this.#sendRest(follower, round);
  }

  /** Sends of a round what comes after the follower's position. */
  async #sendRest(follower: Follower<Position>, round: Round<Item, Position>): Promise<"sent" | "more"> {
    const { reaches, positionOf } = this.#log;
    const items = round.items.filter((item) => !reaches(follower.position, positionOf(item)));
    const message =
      items.length === round.items.length
        ? round.message
        : await this.#compose({ items, position: round.to, caughtUp: true, failure: null });
    if (items.length > 0 && message) this.#send(follower, message, round.to, false);
    else follower.position = round.to;
    if (round.ended) this.#end(follower);
    return items.length > 0 ? "sent" : "more";
  }

  async #readPage(follower: Follower<Position>): Promise<"sent" | "more" | "at end"> {
    const page = await this.#pages.after(follower.position);
    const { items, lastPosition } = page.reading;
    const { position, atEnd, ended } = this.#place(page.reading, follower.position);
    follower.target ??= lastPosition;
    const wasCaughtUp = follower.caughtUp;
    follower.caughtUp ||= follower.target !== undefined && this.#log.reaches(position, follower.target);
    const { caughtUp } = follower;
    if (items.length > 0 || !follower.greeted || caughtUp !== wasCaughtUp) {
      const message =
        page.messages.get(caughtUp) ?? this.#compose({ items, position, caughtUp, failure: null });
      page.messages.set(caughtUp, message);
      this.#send(follower, await message, position, atEnd);
      if (ended) this.#end(follower);
      return "sent";
    }
    follower.position = position;
    if (ended) this.#end(follower);
    return atEnd ? "at end" : "more";
  }

  #place(reading: Reading<Item, Position>, from: Position) {
    const { reaches } = this.#log;
    const position = reaches(reading.position, from) ? reading.position : from;
    const atEnd = reading.lastPosition !== undefined && reaches(position, reading.lastPosition);
    return { position, atEnd, ended: reading.ended && atEnd };
  }

  /** The follower waits for the next round. */
  #settle(follower: Follower<Position>, atRounds: boolean): void {
    if (this.#ended) {
      this.#end(follower);
      return;
    }
    follower.idle = true;
    this.#idle += 1;
    if (this.#idle === this.#followers.size) this.#rounds.clear();
    if (this.#running) return;
    if (!atRounds) {
      this.#position = follower.position;
      this.#atEnd = true;
    }
    void this.#run(follower.position);
  }

  /** Reads for all who have caught up, as long as one of them can take a message; the next while the last is still being sent. */
  async #run(from: Position): Promise<void> {
    let position = from;
    let delivery: Promise<void> | undefined;
    this.#running = true;
    while (this.#idle > 0) {
      if (this.#atEnd) await this.#bell.wait(pollMs);
      if (this.#idle > 0) {
        const round = await this.#readRound(position).catch((error: unknown) => ({ error }));
        await delivery;
        if ("error" in round) {
          await this.#failAll(position, round.error);
        } else {
          position = round.to;
          delivery = this.#deliver(round);
        }
        // The sockets say what they took.
        await setImmediate();
      } else {
        // Whoever is idle next must not miss what it rang for.
        this.#bell.ring();
      }
      if (this.#idle === 0 || this.#ended) await delivery;
    }
    this.#running = false;
  }

  async #readRound(from: Position): Promise<Round<Item, Position>> {
    const reading = await this.#log.read(from);
    const { items } = reading;
    const { position: to, atEnd, ended } = this.#place(reading, from);
    const batch = { items, position: to, caughtUp: true, failure: null };
    const message = items.length > 0 ? await this.#compose(batch) : undefined;
    return { from, to, items, message, atEnd, ended };
  }

  async #deliver(round: Round<Item, Position>): Promise<void> {
    const { from, to, ended } = round;
    this.#position = to;
    this.#atEnd = round.atEnd;
    this.#ended = ended;
    if (this.#isSame(from, to) && !ended) return;
    this.#rounds.keep(round);
    let sent = 0;
    for (const follower of this.#followers) {
      if (!follower.idle) continue;
      sent += 1;
      if (sent % sentInTurn === 0) await setImmediate();
      if (follower.idle) this.#sendRound(follower, round);
    }
  }

  #sendRound(follower: Follower<Position>, { from, to, message, atEnd, ended }: Round<Item, Position>): void {
    const { reaches } = this.#log;
    const isThere = reaches(follower.position, to);
    if (!isThere && message) {
      if (this.#isSame(follower.position, from)) {
        this.#send(follower, message, to, atEnd);
      } else {
        this.#unsettle(follower);
        void this.#catchUp(follower);
      }
    } else if (!isThere) {
      follower.position = to;
    }
    if (ended && reaches(follower.position, to)) this.#end(follower);
  }

  #send(follower: Follower<Position>, message: Message, position: Position, atEnd: boolean): void {
    if (follower.gone) return;
    this.#unsettle(follower);
    follower.position = position;
    follower.greeted = true;
    follower.atEnd = atEnd;
    try {
      follower.receiver.take(message, follower);
    } catch (error) {
      // What is wrong with one must not keep the others waiting.
      this.#end(follower, error);
    }
  }

  async #failAll(from: Position, error: unknown): Promise<void> {
    const idle = [...this.#followers].filter((follower) => follower.idle);
    const batch = { items: [], position: from, caughtUp: false, failure: error };
    const shared = this.#compose(batch).catch(() => undefined);
    for (const follower of idle) {
      await this.#fail(follower, error, this.#isSame(follower.position, from) ? await shared : undefined);
    }
  }

  async #fail(follower: Follower<Position>, error: unknown, shared?: Message): Promise<void> {
    try {
      const { position } = follower;
      const message =
        shared ??
        (await this.#compose({
          items: [],
          position,
          caughtUp: false,
          failure: error ?? new Error("unknown"),
        }));
      this.#send(follower, message, position, false);
      this.#end(follower);
    } catch (fault) {
      this.#end(follower, fault);
    }
  }

  #end(follower: Follower<Position>, error?: unknown): void {
    if (!this.#remove(follower)) return;
    follower.receiver.end(error);
  }

  #remove(follower: Follower<Position>): boolean {
    if (follower.gone) return false;
    follower.gone = true;
    this.#unsettle(follower);
    this.#followers.delete(follower);
    if (this.#followers.size === 0) {
      this.#bell.close();
      this.#onEmpty();
    }
    return true;
  }

  #unsettle(follower: Follower<Position>): void {
    if (follower.idle) this.#idle -= 1;
    follower.idle = false;
  }

  #isBehind(follower: Follower<Position>): boolean {
    return this.#position !== undefined && !this.#log.reaches(follower.position, this.#position);
  }

  #isSame(position: Position, other: Position): boolean {
    return position === other || (this.#log.reaches(position, other) && this.#log.reaches(other, position));
  }
}
