import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Audience, pollMs } from "../../../src/realtime/audience/audience.js";
import { Hub } from "../../../src/realtime/hub.js";
import { CheckedReceiver, paces } from "../../support/audience/checked-receiver.js";
import { MemoryLog } from "../../support/audience/memory-log.js";
import { type Random, createRandom } from "../../support/random.js";

// Only the time of the poll is of the test's making: all else takes the turns that it takes.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** An audience, its log and all who follow it, taken through its states at random. */
class Walk {
  readonly faults: string[] = [];
  readonly #random: Random;
  readonly #hub = new Hub();
  readonly #log: MemoryLog;
  #audience: Audience<number, number> | undefined;
  #receivers: CheckedReceiver[] = [];
  /** How much was stored, and whether that was all, when the bell was rung last. */
  #rung = { length: 0, ended: false };

  readonly #seed: number;
  readonly #mostFollowers: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = createRandom(seed);
    this.#mostFollowers = this.#random.pick([2, 4, 12]);
    const every = this.#random.pick([1, 3, 1_000]);
    const wanted = (item: number) => every === 1 || item % every !== 0;
    this.#log = new MemoryLog(this.#random, { knowsEnd: this.#random.chance(0.5), wanted });
  }

  async step(): Promise<void> {
    const events: [number, () => void | Promise<void>][] = [
      [30, () => this.#append(true)],
      [6, () => this.#append(false)],
      [20, () => this.#appendFresh()],
      [5, () => this.#ring()],
      [12, () => this.#join()],
      [35, () => this.#pick((receiver) => receiver.read())],
      [8, () => this.#pick((receiver) => void (receiver.pace = this.#random.pick(paces.slice(0, 3))))],
      [3, () => this.#pick((receiver) => receiver.goAway())],
      [2, () => this.#failNext()],
      [4, () => (this.#failNext(), this.#append(true))],
      [8, () => this.#checkRung()],
      [4, () => this.#checkPoll()],
      [3, () => this.#checkSharing()],
      [2, () => this.#checkNobodyIdle()],
      [2, () => this.#checkIdleLeft()],
    ];
    let at = this.#random.below(events.reduce((sum, [weight]) => sum + weight, 0));
    await events.find(([weight]) => (at -= weight) < 0)?.[1]();
    for (let ticks = this.#random.below(4); ticks > 0; ticks -= 1) await setImmediate();
    this.#checkNow();
  }

  /** Ends the log while some hold a message, rung or not; then they take it, and others come late. */
  async end(): Promise<void> {
    this.#log.nextFailure = undefined;
    this.#join();
    if (this.#random.chance(0.5)) this.#append(this.#random.chance(0.5));
    this.#log.ended = true;
    if (this.#random.chance(0.5)) this.#ring();
    else await this.#checkPoll();
    this.#ring();
    await this.#checkRung();
    await this.#takeAll();
    this.#join();
    await this.#takeAll();
    await this.#checkRung();
    if (this.#receivers.length > 0) this.faults.push("A7: the log has ended, and somebody follows still");
    const { reads } = this.#log;
    vi.advanceTimersByTime(2 * pollMs);
    await this.#settled();
    if (this.#log.reads > reads) this.faults.push("A9: it is read though nobody follows");
    this.#checkNow();
  }

  #append(isRung: boolean): void {
    this.#log.length += 1 + this.#random.below(4);
    if (isRung) this.#ring();
  }

  /** What this node has stored, and keeps if it can. */
  #appendFresh(): void {
    this.#ring(this.#log.addFresh(1 + this.#random.below(4)));
  }

  #ring(isFresh = false): void {
    this.#rung = { length: this.#log.length, ended: this.#log.ended };
    this.#hub.wake(["log"], isFresh ? new Set(["log"]) : undefined);
  }

  #join(): void {
    if (this.#receivers.length >= this.#mostFollowers) return;
    const { length } = this.#log;
    // Some begin beyond the end: what they were sent has been lost.
    const after = this.#random.chance(0.4)
      ? length + this.#random.pick([0, 0, 0, 3])
      : this.#random.below(length + 1);
    const pace = this.#random.chance(0.1) ? this.#random.pick(paces) : this.#random.pick(paces.slice(0, 3));
    const receiver = new CheckedReceiver(this.#log, after, pace, (fault) => this.faults.push(fault));
    this.#audience ??= this.#open();
    receiver.leave = this.#audience.join(receiver, after);
    this.#receivers.push(receiver);
  }

  #open(): Audience<number, number> {
    let isEmpty = false;
    return new Audience({
      hub: this.#hub,
      log: this.#log,
      compose: this.#log.compose,
      pollMs,
      onEmpty: () => {
        if (isEmpty) this.faults.push("A9: onEmpty was called twice");
        isEmpty = true;
        this.#audience = undefined;
      },
    });
  }

  #failNext(): void {
    const of = this.#random.chance(0.7) ? "reading" : "message";
    this.#log.nextFailure = { of, error: this.#random.pick([new Error("gone"), "gone", null]) };
  }

  #pick(act: (receiver: CheckedReceiver) => void): void {
    if (this.#receivers.length > 0) act(this.#random.pick(this.#receivers));
  }

  /** Waits until nothing goes on any more. */
  async #settled(): Promise<void> {
    const log = this.#log;
    let quiet = 0;
    for (let turns = 0; quiet < 6; turns += 1) {
      const before = log.reads + log.composed;
      await setImmediate();
      quiet = log.underWay === 0 && before === log.reads + log.composed ? quiet + 1 : 0;
      if (turns > 20_000) throw new Error(`A9: it does not come to rest (seed ${this.#seed})`);
    }
  }

  /** What holds at any time. */
  #checkNow(): void {
    this.#receivers = this.#receivers.filter(({ state }) => state !== "gone");
    const listening = this.#receivers.length > 0 ? 1 : 0;
    if (this.#hub.size !== listening) this.faults.push(`A9: ${this.#hub.size} bells for ${listening}`);
    if ((this.#audience === undefined) !== (listening === 0)) this.faults.push("A9: onEmpty was not called");
  }

  /** What holds once everything has settled, with no time passed. */
  async #checkRung(): Promise<void> {
    await this.#settled();
    this.#checkNow();
    for (const receiver of this.#receivers) {
      if (!receiver.isWaiting) continue;
      receiver.expectUpTo(this.#rung.length, "A4, A6");
      if (this.#rung.ended) this.faults.push("A7: one that was sent everything was not told of the end");
    }
  }

  /** The poll brings what nothing rang for. */
  async #checkPoll(): Promise<void> {
    await this.#settled();
    const { length, ended } = this.#log;
    vi.advanceTimersByTime(pollMs);
    await this.#settled();
    this.#checkNow();
    for (const receiver of this.#receivers) {
      if (!receiver.isWaiting) continue;
      receiver.expectUpTo(length, "A5, A6");
      if (ended) this.faults.push("A7: one that was sent everything was not told of the end");
    }
  }

  async #takeAll(): Promise<void> {
    for (const receiver of this.#receivers) {
      if (receiver.pace === "late") receiver.pace = "at once";
      receiver.read();
    }
    await this.#settled();
    this.#checkNow();
  }

  /** Everybody has taken everything: what comes is read and written once, whoever they are. */
  async #checkSharing(): Promise<void> {
    const log = this.#log;
    log.nextFailure = undefined;
    // Nobody begins beyond this.
    log.length += 3;
    await this.#takeAll();
    await this.#checkPoll();
    const { page } = log;
    log.page = { most: 100, isExact: true };
    const { reads, composed, length } = log;
    this.#append(true);
    await this.#settled();
    log.page = page;
    if (this.#receivers.length === 0) return;
    const messages = log.between(length, log.length).length > 0 ? 1 : 0;
    if (log.reads !== reads + 1 || log.composed !== composed + messages)
      this.faults.push(`A1: ${log.reads - reads} readings and ${log.composed - composed} messages`);
    const sent = new Set(this.#receivers.map(({ last }) => last));
    if (messages > 0 && sent.size > 1) this.faults.push("A1: they were sent different messages");
  }

  /** It rings when all that could take something have just left: who can take something next must be sent what it rang for. */
  async #checkIdleLeft(): Promise<void> {
    await this.#settled();
    for (const receiver of this.#receivers) if (receiver.isWaiting) receiver.goAway();
    this.#append(true);
    await this.#settled();
    this.#pick((receiver) => receiver.read());
    await this.#checkRung();
  }

  /** Everybody holds a message: nothing is read, though it rings and time goes by. */
  async #checkNobodyIdle(): Promise<void> {
    await this.#takeAll();
    for (const receiver of this.#receivers) receiver.pace = "late";
    while (this.#receivers.some(({ isWaiting }) => isWaiting)) {
      this.#append(true);
      await this.#settled();
      this.#checkNow();
    }
    const { reads, freshReads } = this.#log;
    this.#appendFresh();
    this.#append(true);
    vi.advanceTimersByTime(pollMs);
    await this.#settled();
    if (this.#log.reads > reads || this.#log.freshReads > freshReads)
      this.faults.push("A2: it was read, though nobody could take anything");
  }
}

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

it.each(seeds)(
  "an audience keeps F1 to F7 and A1 to A9 on every way through its states (seed %i)",
  async (seed) => {
    const walk = new Walk(seed);
    for (let step = 0; step < 300; step += 1) {
      await walk.step();
      expect(walk.faults, `seed ${seed}, step ${step}`).toEqual([]);
    }
    await walk.end();
    expect(walk.faults, `seed ${seed}, at the end`).toEqual([]);
  },
);
