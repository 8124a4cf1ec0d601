import type { SubscribePayload } from "graphql-ws";
import type WebSocket from "ws";
import { AgentRunError } from "../../domain/errors.js";
import type { Viewer } from "../../auth/viewer.js";
import type { LogFault } from "../../graphql/engine/errors.js";
import type { Hold, Load } from "../../graphql/engine/load.js";
import { closeCodes } from "./close-codes.js";
import type { SocketMessage } from "./message.js";

/** How many operations one socket may have under way. */
const maxOperations = 100;

/** How many bytes these may be in all: as many as this many of the longest messages. */
const longestMessages = 2;

/** How many messages that are no operation under way, and how many bytes of them, may wait before no more are read. */
const maxWaiting = { messages: 100, bytes: 1_048_576 };

/** How long a message may be that is not whole yet before it counts. */
const unfinishedBytes = 65_536;

/** How long a message of a client may be that is not known yet: a token has 8 KiB at most. */
const unknownBytes = 16_384;

/** Why a socket is closed. */
export interface SocketRefusal {
  code: number;
  reason: string;
}

/** The refusal of what is too long for a client that is not known. */
export const tooLong: SocketRefusal = {
  code: closeCodes.tooLarge,
  reason: "the message is too long for a caller who is not known",
};

/** A message that is not done: what is sent for it has not all gone, or it is an operation under way. */
interface Message {
  bytes: number;
  /** Of the operation that it begins; undefined for other messages. */
  id: string | undefined;
  /** Undefined where it is no operation that was accepted. */
  kind?: OperationKind;
  /** What the operation counts until all that is sent for it has gone. */
  hold?: Hold;
}

/** Whether an operation ends by itself or goes on until somebody ends it. */
export type OperationKind = "request" | "subscription";

const none = () => false;

/** The messages of the operations under way of all sockets: a map for each of them would be most of what a socket costs. */
const operations = new WeakMap<SubscribePayload, Message>();

/**
 * What a client has sent over one socket and is not done. Operations beyond the limit are refused; where too many answers
 * wait, nothing more is read. So a socket holds so much and no more, whatever its client sends and does not read.
 */
export class SocketIntake {
  /** Tells whether graphql-ws has an operation of this id. */
  isUnderWay: (id: string) => boolean = none;
  /** Who the client is, once it is known. */
  viewer: Viewer | undefined;
  readonly #socket: WebSocket;
  readonly #logFault: LogFault;
  readonly #load: Load;
  readonly #maxOperationBytes: number;
  #operations = 0;
  #operationBytes = 0;
  #waitingMessages = 0;
  #waitingBytes = 0;
  #requests = 0;
  #unfinished = 0;
  #unfinishedHold: Hold | undefined;
  #incoming: Message | undefined;
  #onAnswered: (() => void) | undefined;
  /** By the id of an operation that its client has completed and that is still at work: what has come for that id since. */
  #held: Map<string, (() => void)[]> | undefined;

  constructor(socket: WebSocket, options: { logFault: LogFault; maxMessageBytes: number; load: Load }) {
    this.#socket = socket;
    this.#load = options.load;
    this.#logFault = options.logFault;
    this.#maxOperationBytes = longestMessages * options.maxMessageBytes;
  }

  /**
   * So many bytes have come. What is kept of a message that is not whole counts as under way: gives why the socket must be
   * closed where it is too much.
   */
  arrive(bytes: number): SocketRefusal | undefined {
    this.#unfinished += bytes;
    if (!this.viewer) return this.isTooLong(this.#unfinished) ? tooLong : undefined;
    if (this.#unfinished <= unfinishedBytes) return undefined;
    try {
      this.#unfinishedHold ??= this.#load.hold(this.viewer, 0);
      this.#unfinishedHold.resize(this.#unfinished);
      return undefined;
    } catch (error) {
      return { code: closeCodes.later, reason: (error as Error).message };
    }
  }

  /** Whether a message is too long for a client that is not known yet. */
  isTooLong(bytes: number): boolean {
    return !this.viewer && bytes > unknownBytes;
  }

  /** The socket is closed. */
  close(): void {
    this.#unfinishedHold?.release();
  }

  /** Handles a message: `take` is done when all that is sent for it has gone. */
  handle(bytes: number, given: SocketMessage, take: (message: string) => Promise<void>): void {
    this.#unfinished = 0;
    this.#unfinishedHold?.release();
    this.#unfinishedHold = undefined;
    const id = typeof given.id === "string" ? given.id : undefined;
    const message: Message = { bytes, id: given.type === "subscribe" ? id : undefined };
    this.#wait(message, 1);
    const start = () => {
      const held = id === undefined ? undefined : this.#held?.get(id);
      if (held) {
        held.push(start);
        return;
      }
      if (given.type === "complete" && id !== undefined && this.isUnderWay(id)) this.#hold(id);
      this.#incoming = message;
      void this.#take(given, take).finally(() => this.#done(message));
    };
    start();
  }

  async #take(given: SocketMessage, take: (message: string) => Promise<void>): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    try {
      // graphql-ws takes a message parsed as well, though its types do not say so.
      await take(given as unknown as string);
    } catch (error) {
      this.#logFault(error, "a message of a socket could not be handled");
      this.#socket.close(closeCodes.fault, "a fault of the service; it has been logged");
    }
  }

  /**
   * The client has completed an operation that is at work. What comes for its id waits until it is done: graphql-ws knows
   * operations by their ids alone, and would send its answer as that of the next one.
   */
  #hold(id: string): void {
    this.#held ??= new Map();
    this.#held.set(id, []);
  }

  #release(id: string): void {
    const held = this.#held?.get(id) ?? [];
    this.#held?.delete(id);
    for (const start of held) start();
  }

  /**
   * Counts the operation of the message that is being handled, until {@link end}, and gives how many bytes the message has;
   * fails with RATE_LIMITED where it is one too many.
   */
  begin(operation: SubscribePayload, kind: OperationKind): number {
    const message = this.#incoming ?? { bytes: 0, id: undefined };
    const bytes = this.#operationBytes + message.bytes;
    if (this.#operations >= maxOperations || bytes > this.#maxOperationBytes) {
      throw new AgentRunError(
        `one socket may have at most ${maxOperations} operations under way, of ${this.#maxOperationBytes} bytes in all`,
        { code: "RATE_LIMITED", details: { limit: maxOperations } },
      );
    }
    message.kind = kind;
    if (kind === "request") this.#requests += 1;
    operations.set(operation, message);
    this.#operations += 1;
    this.#operationBytes = bytes;
    this.#wait(message, -1);
    return message.bytes;
  }

  /** Keeps what an operation counts until its answer is sent, or its client is gone. */
  keep(operation: SubscribePayload, hold: Hold): void {
    const message = operations.get(operation);
    if (message) message.hold = hold;
    else hold.release();
  }

  /** The operation is done, though its answer may wait. */
  end(operation: SubscribePayload): void {
    const message = operations.get(operation);
    if (!message) return;
    operations.delete(operation);
    this.#operations -= 1;
    this.#operationBytes -= message.bytes;
    this.#wait(message, 1);
  }

  /** Resolves once every query and mutation has its answer. */
  async answered(): Promise<void> {
    if (this.#requests === 0) return;
    await new Promise<void>((resolve) => {
      this.#onAnswered = resolve;
    });
  }

  #done(message: Message): void {
    this.#wait(message, -1);
    message.hold?.release();
    if (message.kind === "request") this.#requests -= 1;
    if (message.id !== undefined) this.#release(message.id);
    if (this.#requests === 0) this.#onAnswered?.();
  }

  #wait({ bytes }: Message, by: 1 | -1): void {
    this.#waitingMessages += by;
    this.#waitingBytes += by * bytes;
    const { messages: mostMessages, bytes: mostBytes } = maxWaiting;
    if (this.#waitingMessages > mostMessages || this.#waitingBytes > mostBytes) this.#socket.pause();
    else if (this.#socket.isPaused) this.#socket.resume();
  }
}
