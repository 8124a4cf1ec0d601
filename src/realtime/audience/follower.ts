import type { Receiver, Source } from "./message.js";

/** See the table of {@link Follower}. */
export type FollowerState = "reading" | "sent" | "idle" | "ending" | "gone";

/**
 * How far one receiver is. Its state changes in followers.ts alone:
 *
 *     reading   it lacks something, or may: what comes after its position is fetched for it alone
 *     sent      a message is at the receiver, which has not said yet that it has taken it
 *     idle      it lacks nothing and can take a message: the next round is for it
 *     ending    its last message is being handed to the receiver
 *     gone      it left, or its receiver was told that nothing more comes
 *
 *     event                                    reading    sent       idle       ending
 *     a message for it                         sent       never      sent       never
 *     nothing for it, and it lacks nothing     idle       never      idle       never
 *     a round that does not go on from it      reading    sent       reading    never
 *     taken(): it lacks nothing                reading    idle       idle       ending
 *     taken(): it may lack something           reading    reading    idle       ending
 *     the log's last message, a failure        ending     never      ending     never
 *     the log has ended, and all was sent      gone       gone       gone       never
 *     the last message is handed over          never      never      never      gone
 *     the receiver throws                      never      gone       never      gone
 *     it leaves                                gone       gone       gone       gone
 *
 * It begins with reading; nothing leads out of gone. "Never" cannot be; where the state stays, nothing is done but that an
 * idle one's position may move. To lack nothing is to have caught up and to be where the rounds are, or at the end of the log
 * and not behind them.
 *
 * F1. At most one message is at a receiver: the next comes after it was taken, and one taken() counts once.
 * F2. It is sent every item after the position that it began with, once and in order, whichever way each came.
 * F3. The position that a message names is that of its last item or after it, and before all that is sent later.
 * F4. Its first message comes at once, empty if nothing is stored.
 * F5. `caughtUp` is said by the message that brings the last of what was stored when the following began, empty if need be,
 *     and by each after it but a failure.
 * F6. No message is empty but the first, the one that says `caughtUp` first, and a failure.
 * F7. A receiver is told once that nothing more comes, after everything else; never if it left.
 */
export class Follower<Position> implements Source {
  // One object without closures: among thousands, each more is another miss of the cache for each message.
  readonly receiver: Receiver;
  state: FollowerState = "reading";
  position: Position;
  /** The end of the log when the following began; undefined until it is known. */
  target: Position | undefined = undefined;
  /** The end of the log as its own readings saw it last; undefined until they have reached it. */
  end: Position | undefined = undefined;
  caughtUp = false;
  /** True once it has been sent its first message. */
  greeted = false;
  /** True if what was sent last was the end of the log. */
  atEnd = false;
  readonly #onTaken: (follower: Follower<Position>) => void;

  /** Begins after a position. `onTaken` is told each time that it has taken a message. */
  constructor(receiver: Receiver, position: Position, onTaken: (follower: Follower<Position>) => void) {
    this.receiver = receiver;
    this.position = position;
    this.#onTaken = onTaken;
  }

  taken(): void {
    if (this.state === "sent") this.#onTaken(this);
  }
}
