import { randomUUID } from "node:crypto";
import type { Hub } from "./hub.js";
import { readMessage, writeMessages, writeQuestion } from "./wake-message.js";

/** The least time between two sendings, in milliseconds: what is published between them goes out together, as a set. */
const sendEveryMs = 15;

/** The most topics that wait to be sent; what comes on top is left to the followers' poll. */
const maxWaiting = 10_000;

/** The first wait before a new link and the longest, in milliseconds: it doubles, and each is cut by up to half at random. */
const retryMs = { first: 100, longest: 5_000 };

/** A connection that carries messages between nodes, for as long as it lasts. */
export interface Link {
  /** Connects, and listens. */
  open(): Promise<void>;
  /** Sends to every node that listens, this one too; rejects where that failed. */
  send(messages: readonly string[]): Promise<void>;
  /** Ends it, in whatever state, within a second even where nobody answers; never rejects. */
  close(): Promise<void>;
}

/** Makes a link that is not open yet. It tells what it receives, and why it was lost, where need be more than once. */
export type CreateLink = (tell: {
  received: (message: string) => void;
  lost: (error: Error) => void;
}) => Link;

/** How the bus stands. */
export interface BusState {
  /** True while what this node sends comes back to it. */
  ready: boolean;
  /** How often it was lost, or could not be had at the start; tries to get it back are not counted. */
  failures: number;
}

/**
 * Carries wake-ups to the hubs of other nodes. Like a wake-up it promises nothing: whatever is wrong with it costs a
 * follower the poll, never an event, and a writer nothing at all. It has one timer of its own and one link at a time:
 *
 *     opening --connected--> asking --answered--> ready --askEveryMs--> asking
 *     any of them --an error, or no answer for answerMs--> waiting --retryMs--> opening
 *
 * The first answer of a link wakes the whole hub, since nobody knows what was missed before it.
 */
export class Bus {
  readonly #node = randomUUID();
  readonly #hub: Hub;
  readonly #createLink: CreateLink;
  readonly #onLost: (error: Error) => void;
  readonly #onBack: () => void;
  readonly #answerMs: number;
  readonly #askEveryMs: number;
  readonly #waiting = new Set<string>();
  #link: Link | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sendTimer: NodeJS.Timeout | undefined;
  #sentAt = 0;
  #isSending = false;
  #ready = false;
  #isLost = false;
  #failures = 0;
  #retryMs = retryMs.first;
  #linkEnd: Promise<void> | undefined;
  #closed = false;

  /** Begins to connect. `onLost` is told once of each loss, `onBack` once when it is over. */
  constructor(options: {
    hub: Hub;
    createLink: CreateLink;
    onLost: (error: Error) => void;
    onBack: () => void;
    /** How long a link may take to connect, or to bring back a node's question to itself. Default: 5,000 ms. */
    answerMs?: number;
    /** How long after an answer the next question is asked. Default: 10,000 ms. */
    askEveryMs?: number;
  }) {
    this.#hub = options.hub;
    this.#createLink = options.createLink;
    this.#onLost = options.onLost;
    this.#onBack = options.onBack;
    this.#answerMs = options.answerMs ?? 5_000;
    this.#askEveryMs = options.askEveryMs ?? 10_000;
    this.#open();
  }

  /** How it stands now. */
  get state(): BusState {
    return { ready: this.#ready, failures: this.#failures };
  }

  /** Wakes the topics on the other nodes, at once or with the next sending; never throws, and nobody need wait for it. */
  publish(topics: Iterable<string>): void {
    for (const topic of topics) {
      if (this.#waiting.size >= maxWaiting) break;
      this.#waiting.add(topic);
    }
    this.#sendSoon();
  }

  /** Ends the link and every timer, within a second. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#ready = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#sendTimer);
    const link = this.#link;
    this.#link = undefined;
    await Promise.all([this.#linkEnd, link?.close()]);
  }

  #open(): void {
    const link = this.#createLink({
      received: (message) => this.#receive(link, message),
      lost: (error) => this.#lose(link, error),
    });
    this.#link = link;
    this.#loseAfter(link, "does not connect");
    link.open().then(
      () => this.#ask(link),
      (error: Error) => this.#lose(link, error),
    );
  }

  #loseAfter(link: Link, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#lose(link, new Error(`the bus ${what} within ${this.#answerMs} ms`)),
      this.#answerMs,
    );
  }

  #ask(link: Link): void {
    if (link !== this.#link) return;
    this.#loseAfter(link, "does not bring back what is sent");
    link.send([writeQuestion(this.#node)]).catch((error: Error) => this.#lose(link, error));
  }

  #receive(link: Link, text: string): void {
    if (link !== this.#link) return;
    const message = readMessage(text);
    if (message?.node === this.#node) {
      if (message.topics.length === 0) this.#answer(link);
    } else if (message) {
      this.#hub.wake(message.topics);
    }
  }

  #answer(link: Link): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(link), this.#askEveryMs);
    if (this.#ready) return;
    this.#ready = true;
    this.#retryMs = retryMs.first;
    if (this.#isLost) this.#onBack();
    this.#isLost = false;
    this.#hub.wakeAll();
    this.#sendSoon();
  }

  #lose(link: Link, error: Error): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#ready = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#sendTimer);
    this.#sendTimer = undefined;
    if (!this.#isLost) {
      this.#isLost = true;
      this.#failures += 1;
      this.#onLost(error);
    }
    const waitMs = this.#retryMs * (0.5 + Math.random() / 2);
    this.#retryMs = Math.min(this.#retryMs * 2, retryMs.longest);
    this.#linkEnd = this.#replace(link, waitMs);
  }

  async #replace(link: Link, waitMs: number): Promise<void> {
    await link.close();
    if (!this.#closed) this.#timer = setTimeout(() => this.#open(), waitMs);
  }

  #sendSoon(): void {
    if (!this.#ready || this.#isSending || this.#sendTimer || this.#waiting.size === 0) return;
    const waitMs = Math.max(0, this.#sentAt + sendEveryMs - performance.now());
    this.#sendTimer = setTimeout(() => void this.#send(), waitMs);
  }

  async #send(): Promise<void> {
    const link = this.#link;
    this.#sendTimer = undefined;
    if (!link) return;
    const messages = writeMessages(this.#node, this.#waiting);
    this.#waiting.clear();
    this.#sentAt = performance.now();
    this.#isSending = true;
    try {
      await link.send(messages);
    } catch (error) {
      this.#lose(link, error as Error);
    }
    this.#isSending = false;
    this.#sendSoon();
  }
}
