import { setImmediate } from "node:timers/promises";
import type { Bell, Hub } from "./hub.js";
import type { Batch, Log, Reading } from "./log.js";

/** How long followers wait for a wake-up before their log is read all the same, in milliseconds. */
export const pollMs = 5_000;

/** How many messages are kept for followers that could not take them at once, and of how many characters in all. */
const kept = { rounds: 8, length: 1_048_576 };

/** A batch as it is sent: the same object to all who get it. */
export class Message {
  readonly text: string;
  /** Where to resume after it; null where the log cannot be resumed. */
  readonly cursor: string | null;
  #bytes: Buffer | undefined;

  constructor(text: string, cursor: string | null) {
    this.text = text;
    this.cursor = cursor;
  }

  /** The text in UTF-8: one copy, however many sockets wait to send it. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(this.text);
    return this.#bytes;
  }
}

/** Who is sent a log: a subscription of a socket, a response that streams. */
export interface Receiver {
  /** Takes a message, and calls `taken` once there is room for the next; until then none comes. */
  take(message: Message, taken: () => void): void;
  /** Nothing more will come; with an error where it could not be said in a message. */
  end(error?: unknown): void;
}

/** What was read and composed for all that stood at one position. */
interface Page<Item, Position> {
  reading: Reading<Item, Position>;
  messages: Map<boolean, Promise<Message>>;
}

/** One reading for all who stand at the end of the log. */
interface Round<Item, Position> {
  from: Position;
  to: Position;
  items: Item[];
  /** Undefined where there are no items. */
  message: Message | undefined;
  ended: boolean;
}

/** How far one receiver is. */
interface Follower<Position> {
  receiver: Receiver;
  position: Position;
  /** The end of the log when the following began; undefined until it is known. */
  target: Position | undefined;
  caughtUp: boolean;
  greeted: boolean;
  /** True where what was sent last was the end of the log. */
  atEnd: boolean;
  /** True while it stands at the end of the log and can take a message. */
  idle: boolean;
  gone: boolean;
  taken: () => void;
}

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
  readonly #pages = new Map<string, Promise<Page<Item, Position>>>();
  readonly #reading = new Map<string, Promise<unknown>>();
  readonly #rounds: Round<Item, Position>[] = [];
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
    this.#bell = options.hub.attach(...options.log.topics);
  }

  /** Sends the log after a position to a receiver, until it ends or the function that is given back is called. */
  join(receiver: Receiver, after: Position): () => void {
    const follower: Follower<Position> = {
      receiver,
      position: after,
      target: undefined,
      caughtUp: false,
      greeted: false,
      atEnd: false,
      idle: false,
      gone: false,
      taken: () => this.#goOn(follower),
    };
    this.#followers.add(follower);
    void this.#catchUp(follower);
    return () => this.#remove(follower);
  }

  #goOn(follower: Follower<Position>): void {
    if (follower.gone) return;
    const atRounds = this.#position !== undefined && this.#isSame(follower.position, this.#position);
    const canJoin = follower.caughtUp && !this.#isBehind(follower) && (atRounds || follower.atEnd);
    if (canJoin) this.#settle(follower, atRounds);
    else void this.#catchUp(follower);
  }

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
    const { reaches } = this.#log;
    const round = this.#rounds.find(
      ({ from, to }) => reaches(follower.position, from) && !reaches(follower.position, to),
    );
    return follower.caughtUp && round ? this.#sendRest(follower, round) : undefined;
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
    const page = await this.#pageAfter(follower.position);
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

  /** A reading that begins after this call. All who ask for it while one of the same position is under way share the next. */
  #pageAfter(position: Position): Promise<Page<Item, Position>> {
    const key = JSON.stringify(position);
    const page = this.#pages.get(key) ?? this.#readAfter(position, key);
    this.#pages.set(key, page);
    return page;
  }

  async #readAfter(position: Position, key: string): Promise<Page<Item, Position>> {
    await (this.#reading.get(key) ?? setImmediate());
    this.#pages.delete(key);
    const reading = this.#log.read(position);
    const done = Promise.allSettled([reading]);
    this.#reading.set(key, done);
    try {
      return { reading: await reading, messages: new Map() };
    } finally {
      if (this.#reading.get(key) === done) this.#reading.delete(key);
    }
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
    if (this.#idle === this.#followers.size) this.#rounds.length = 0;
    if (this.#running) return;
    if (!atRounds) {
      this.#position = follower.position;
      this.#atEnd = true;
    }
    void this.#run(follower.position);
  }

  /** Reads for all who have caught up, as long as one of them can take a message. */
  async #run(from: Position): Promise<void> {
    let position = from;
    this.#running = true;
    while (this.#idle > 0) {
      if (this.#atEnd) await this.#bell.wait(pollMs);
      if (this.#idle > 0) {
        position = await this.#readRound(position);
        // The sockets say what they took.
        await setImmediate();
      } else {
        // Whoever is idle next must not miss what it rang for.
        this.#bell.ring();
      }
    }
    this.#running = false;
  }

  async #readRound(from: Position): Promise<Position> {
    try {
      const reading = await this.#log.read(from);
      const { items } = reading;
      const { position: to, atEnd, ended } = this.#place(reading, from);
      const batch = { items, position: to, caughtUp: true, failure: null };
      const message = items.length > 0 ? await this.#compose(batch) : undefined;
      this.#position = to;
      this.#atEnd = atEnd;
      this.#ended = ended;
      if (!this.#isSame(from, to) || ended) this.#deliver({ from, to, items, message, ended });
      return to;
    } catch (error) {
      await this.#failAll(from, error);
      return from;
    }
  }

  #deliver(round: Round<Item, Position>): void {
    this.#keep(round);
    for (const follower of this.#followers) {
      if (!follower.idle) continue;
      const isThere = this.#log.reaches(follower.position, round.to);
      if (!isThere && round.message) {
        this.#unsettle(follower);
        if (this.#isSame(follower.position, round.from)) {
          this.#send(follower, round.message, round.to, this.#atEnd);
        } else {
          void this.#catchUp(follower);
        }
      } else if (!isThere) {
        follower.position = round.to;
      }
      if (round.ended && this.#log.reaches(follower.position, round.to)) this.#end(follower);
    }
  }

  /** Rounds are kept only while somebody may still need them. */
  #keep(round: Round<Item, Position>): void {
    this.#rounds.push(round);
    let length = this.#rounds.reduce((sum, { message }) => sum + (message?.text.length ?? 0), 0);
    while (this.#rounds.length > kept.rounds || length > kept.length) {
      length -= this.#rounds.shift()?.message?.text.length ?? 0;
    }
  }

  #send(follower: Follower<Position>, message: Message, position: Position, atEnd: boolean): void {
    if (follower.gone) return;
    follower.position = position;
    follower.greeted = true;
    follower.atEnd = atEnd;
    try {
      follower.receiver.take(message, follower.taken);
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
