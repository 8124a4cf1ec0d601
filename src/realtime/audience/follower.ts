import type { Receiver, Source } from "./message.js";

/** How far one receiver is. One object without closures: among thousands, each more is another miss of the cache for each message. */
export class Follower<Position> implements Source {
  readonly receiver: Receiver;
  position: Position;
  /** The end of the log when the following began; undefined until it is known. */
  target: Position | undefined = undefined;
  caughtUp = false;
  greeted = false;
  /** True where what was sent last was the end of the log. */
  atEnd = false;
  /** True while it stands at the end of the log and can take a message. */
  idle = false;
  gone = false;
  readonly #onTaken: (follower: Follower<Position>) => void;

  /** Begins after a position. `onTaken` is told each time that it has taken a message. */
  constructor(receiver: Receiver, position: Position, onTaken: (follower: Follower<Position>) => void) {
    this.receiver = receiver;
    this.position = position;
    this.#onTaken = onTaken;
  }

  taken(): void {
    this.#onTaken(this);
  }
}
