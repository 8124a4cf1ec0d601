import { setImmediate, setTimeout as delay } from "node:timers/promises";
import type { Bell, Hub } from "../hub.js";
import type { Log } from "../log.js";
import { CatchUp } from "./catch-up.js";
import { Follower } from "./follower.js";
import { type Compose, Followers } from "./followers.js";
import type { Receiver } from "./message.js";
import { isSame, placeOf } from "./place.js";
import { type Round, Rounds } from "./rounds.js";

/** The time of {@link Audience} that the service keeps to. */
export const pollMs = 5_000;

/** How many are sent a round before whatever else waits in the process gets its turn: about ten milliseconds. */
const sentInTurn = 1_000;

/**
 * All who follow one log in the same way. Who has caught up is idle (see the table of Follower) and shares one reading and one
 * message with all others who are, a round; who cannot take it keeps a position of its own, reads larger pages when it can
 * (see catch-up.ts), and is idle again when it has caught up. Rounds are in one of four states:
 *
 *     still     nobody is idle, and nothing is read                       #running is false
 *     waiting   the last round was the end of the log                     #run waits for the bell, and the log's pace
 *     reading   what comes after the last round is read and composed      #run waits for #readRound
 *     closed    nobody follows any more                                   the bell is closed
 *
 *     event                  still               waiting                 reading
 *     one becomes idle       waiting, reading    waiting                 reading: the round is for it too
 *                            if there is more
 *     a ring                 still, it is kept   reading                 reading, it is kept
 *     pollMs                 never               reading                 never
 *       ... if none is idle  never               still, a ring is kept   never
 *     a round was read       never               never                   waiting, reading if there is more, still if none is
 *                                                                        idle: it is sent to the idle, and kept for others
 *     reading has failed     never               never                   the same: the idle are told and gone, and it rings
 *     the last has left      closed              closed                  closed: what is read is sent to nobody
 *
 * A round is sent while the next is waited for and read, but none before the last was sent to all. Once the log has ended, who
 * would become idle is told so and gone. Beside F1 to F7 of Follower:
 *
 * A1. Who is idle at the end of the last round is sent the next as one message for all, of one reading.
 * A2. While nobody is idle no round is read.
 * A3. Who becomes idle is at the end of the log, as it was seen last, or of the rounds, and not behind them; it is behind only
 *     while its turn in the sending of a round has not come.
 * A4. No ring is lost: what was stored when it rang is sent to all who are idle, or become so later, without waiting for the
 *     poll; also if nobody was idle then, or the reading failed.
 * A5. A ring that does not come costs at most pollMs.
 * A6. What one does costs no other a message: it may be late, take nothing, leave, or throw.
 * A7. Once the log has ended each is told so as soon as it has been sent all of it, and not before; also who joins then.
 * A8. A reading that fails ends those that it was for, each with a last message that names its position, and nobody else.
 * A9. When the last has gone the bell is closed, `onEmpty` is called once, and nothing is read any more but what was asked for.
 * A10. After each thousand that are sent a round, whatever else waits in the process has its turn.
 * A11. Rounds that follow one another are read no sooner than the log's `paceMs` one after another, however often it rings; one
 *     after a longer rest at once, and one of which more is stored too.
 * A12. Who falls behind by a few rounds is sent them as the others were, without another reading (see rounds.ts for how many).
 * A13. A round is read from the node's memory (`fresh` of the log) only if everything that rang for it is kept there.
 */
export class Audience<Item, Position> {
  readonly #log: Log<Item, Position>;
  readonly #compose: Compose<Item, Position>;
  readonly #bell: Bell;
  readonly #pollMs: number;
  readonly #followers: Followers<Item, Position>;
  readonly #rounds: Rounds<Item, Position>;
  readonly #catchUp: CatchUp<Item, Position>;
  #running = false;
  /** When the last round that was waited for began to be read. */
  #readAt = -Infinity;

  constructor(options: {
    hub: Hub;
    log: Log<Item, Position>;
    compose: Compose<Item, Position>;
    /** How long followers wait for a wake-up before their log is read all the same, in milliseconds. */
    pollMs: number;
    /** Called when the last follower has gone; nobody may join after it. */
    onEmpty: () => void;
  }) {
    const { hub, log, compose, onEmpty } = options;
    this.#pollMs = options.pollMs;
    this.#log = log;
    this.#compose = compose;
    this.#bell = hub.attach(...log.topics);
    this.#followers = new Followers(log, compose, () => {
      this.#bell.close();
      onEmpty();
    });
    this.#rounds = new Rounds(log);
    const shared = { log, compose, followers: this.#followers, rounds: this.#rounds };
    this.#catchUp = new CatchUp({ ...shared, onThere: (follower) => this.#settle(follower) });
  }

  /** Sends the log after a position to a receiver, until it ends or the function that is given back is called. */
  join(receiver: Receiver, after: Position): () => void {
    const follower = new Follower(receiver, after, this.#goOn);
    this.#followers.add(follower);
    void this.#catchUp.start(follower);
    return () => {
      this.#followers.remove(follower);
    };
  }

  /** It has taken its message. */
  readonly #goOn = (follower: Follower<Position>): void => {
    const { position, caughtUp, atEnd } = follower;
    const rounds = this.#rounds;
    const isThere = caughtUp && ((atEnd && !rounds.isBehind(position)) || rounds.isAt(position));
    if (isThere) this.#settle(follower);
    else this.#read(follower);
  };

  #read(follower: Follower<Position>): void {
    this.#followers.enter(follower, "reading");
    void this.#catchUp.start(follower);
  }

  /** It lacks nothing: it waits for the next round. */
  #settle(follower: Follower<Position>): void {
    if (this.#rounds.ended) {
      this.#followers.end(follower);
      return;
    }
    this.#followers.enter(follower, "idle");
    if (this.#followers.areAllIdle) this.#rounds.clear();
    if (!this.#running) void this.#run(this.#rounds.begin(follower));
  }

  /** Reads for all who are idle, as long as one of them is; the next round while the last is still being sent. */
  async #run(from: Position): Promise<void> {
    let position = from;
    let delivery: Promise<void> | undefined;
    this.#running = true;
    while (this.#followers.idle > 0) {
      let isFresh = false;
      if (this.#rounds.atEnd) {
        isFresh = await this.#bell.wait(this.#pollMs);
        await this.#keepPace();
      }
      if (this.#followers.idle > 0) {
        const round = await this.#readRound(position, isFresh).catch((error: unknown) => ({ error }));
        await delivery;
        if ("error" in round) {
          await this.#followers.failIdle(position, round.error);
          // Whoever was not idle yet must not miss what it rang for.
          this.#bell.ring();
        } else {
          position = round.to;
          delivery = this.#deliver(round);
        }
        // The sockets say what they took.
        await setImmediate();
      } else {
        // Nor whoever is idle next.
        this.#bell.ring();
      }
      if (this.#followers.idle === 0 || this.#rounds.ended) await delivery;
    }
    this.#running = false;
  }

  /** Waits until the pace of the log allows another round. */
  async #keepPace(): Promise<void> {
    const { paceMs = 0 } = this.#log;
    const waitMs = this.#readAt + paceMs - performance.now();
    // A timer may come up to a millisecond early.
    if (waitMs > 0) await delay(Math.ceil(waitMs) + 1);
    this.#readAt = performance.now();
  }

  async #readRound(from: Position, isFresh: boolean): Promise<Round<Item, Position>> {
    const reading = (isFresh ? this.#log.fresh?.(from) : undefined) ?? (await this.#log.read(from));
    const { items } = reading;
    const { position: to, atEnd, ended } = placeOf(this.#log, reading, from);
    const batch = { items, position: to, caughtUp: true, failure: null };
    const message = items.length > 0 ? await this.#compose(batch) : undefined;
    return { from, to, items, message, atEnd, ended };
  }

  async #deliver(round: Round<Item, Position>): Promise<void> {
    if (!this.#rounds.advance(round)) return;
    let sent = 0;
    for (const follower of this.#followers.all) {
      if (sent === sentInTurn) {
        await setImmediate();
        sent = 0;
      }
      if (follower.state !== "idle") continue;
      sent += 1;
      this.#sendRound(follower, round);
    }
  }

  #sendRound(follower: Follower<Position>, { from, to, message, atEnd, ended }: Round<Item, Position>): void {
    const followers = this.#followers;
    if (this.#log.reaches(follower.position, to)) {
      if (ended) followers.end(follower);
    } else if (!isSame(this.#log, follower.position, from)) {
      this.#read(follower);
    } else if (!message) {
      follower.position = to;
      if (ended) followers.end(follower);
    } else if (ended) {
      followers.sendLast(follower, message, to);
    } else {
      followers.send(follower, message, to, atEnd);
    }
  }
}
