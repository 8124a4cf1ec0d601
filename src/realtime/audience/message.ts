/** A batch as it is sent: the same object to all who get it. */
export class Message {
  readonly text: string;
  /** Where to resume after it; null where the log cannot be resumed. */
  readonly cursor: string | null;
  /** True if it holds no item and no failure: it says only how far the log is. */
  readonly isEmpty: boolean;
  #bytes: Buffer | undefined;

  constructor(text: string, cursor: string | null, isEmpty = false) {
    this.text = text;
    this.cursor = cursor;
    this.isEmpty = isEmpty;
  }

  /** The text in UTF-8: one copy, however many sockets wait to send it. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(this.text);
    return this.#bytes;
  }
}

/** Who is sent a log: a subscription of a socket, a response that streams. */
export interface Receiver {
  /** Takes a message, and tells the source once there is room for the next; until then none comes. */
  take(message: Message, source: Source): void;
  /** Nothing more will come; with an error where it could not be said in a message. */
  end(error?: unknown): void;
}

/** Where a receiver's messages come from. */
export interface Source {
  /** There is room for the next message. */
  taken(): void;
}
