import { setImmediate } from "node:timers/promises";
import type { Log, Reading } from "../log.js";
import type { Message } from "./message.js";

/** What was read for all who stood at one position, and the messages that were made of it: one for who has caught up, one for others. */
export interface Page<Item, Position> {
  reading: Reading<Item, Position>;
  messages: Map<boolean, Promise<Message>>;
}

/** The readings of who has not caught up. */
export class Pages<Item, Position> {
  readonly #log: Log<Item, Position>;
  readonly #asked = new Map<string, Promise<Page<Item, Position>>>();
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(log: Log<Item, Position>) {
    this.#log = log;
  }

  /** A reading that begins after this call. All who ask for it while one of the same position is under way share the next. */
  after(position: Position): Promise<Page<Item, Position>> {
    const key = JSON.stringify(position);
    const page = this.#asked.get(key) ?? this.#read(position, key);
    this.#asked.set(key, page);
    return page;
  }

  async #read(position: Position, key: string): Promise<Page<Item, Position>> {
    await (this.#underWay.get(key) ?? setImmediate());
    this.#asked.delete(key);
    const reading = this.#log.read(position);
    const done = Promise.allSettled([reading]);
    this.#underWay.set(key, done);
    try {
      return { reading: await reading, messages: new Map() };
    } finally {
      if (this.#underWay.get(key) === done) this.#underWay.delete(key);
    }
  }
}
