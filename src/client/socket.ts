/*
 * A socket of a client, shared by those followers that have a place on it (`places.ts`). It says what was lost and when to come
 * back, and never subscribes again by itself, since only a follower knows its cursor. It is in one of five states:
 *
 *     shut      there is none
 *     opening   somebody has subscribed, and the service has not acknowledged the socket yet; it has timeoutMs for that
 *     open      acknowledged; graphql-ws asks whether it lives, pingMs after it last answered
 *     asking    asked; it has pingMs to answer
 *     closing   the last has left it, or the service has begun to close it; it is not closed yet
 *
 *                       shut      opening     open      asking    closing
 *     subscribe         opening   opening     open      asking    opening of another, if nobody is on it; else closing
 *     the last leaves             opening     closing   closing   closing
 *     acknowledged                open (1)
 *     asked                       opening     asking
 *     answered                    opening     open      open      closing
 *     time is up                  shut (2)              shut (2)  shut (2)
 *     error, or closed            shut (2)    shut (2)  shut (2)  shut (2)
 *
 *     (1) asking, if it was asked before and has not answered; closing, if nobody is on it any more.
 *     (2) Everybody on it is told `fail` with `isSocketLost`. If that was anybody, `ready` waits, and a refused token is noted.
 *
 * What always holds; the number stands at each test that proves it:
 *
 *     S1  At most one connection is not closing: the first to subscribe opens it, and it closes when the last has left.
 *     S2  Whoever subscribes is told one end, `complete` or `fail`, and nothing after it; whoever has left is told nothing.
 *     S3  A loss is told to all on the socket, and to nobody else: what is heard of a socket that was given up counts no more.
 *     S4  A socket that is not acknowledged is lost after timeoutMs, whatever else it says; any other, when it
 *         has left a ping unanswered for pingMs.
 *     S5  The end of one operation ends no other one, nor the socket.
 *     S6  After a loss `ready` waits 100 ms, doubling to 5 s until an operation is answered, less a random half.
 *     S7  A refused token is tried again once, if it comes of a function, which is given just that token; then it is thrown.
 *     S8  A close code that would come again is no reason to try again; every other one is, 1000 too.
 *     S9  Whoever subscribes while the last socket is being closed does not wait for that.
 */
import { type AnswerError, errorOf } from "./answer.js";
import { Connection, type Operation } from "./connection.js";
import { GraphRequestError } from "./graph-request-error.js";
import { backOffMs } from "./retry.js";
import { isRefusal, socketFailure } from "./socket-failure.js";
import { type TokenSource, takeToken } from "./token.js";
import type { WebSocketClass } from "./web-socket.js";
import { wait } from "./wait.js";

/** How the socket is opened. */
export interface SocketOptions {
  /** The API, http or https. */
  url: string;
  token: TokenSource | undefined;
  /** Default: the platform's. */
  webSocket: WebSocketClass | undefined;
  /** How long opening may take, in milliseconds. */
  timeoutMs: number;
  /** How often an open socket is asked whether it lives, and how long it may take to answer, in milliseconds. */
  pingMs: number;
}

/** Whom the socket tells of a subscription. Nothing more comes after `complete` or `fail`. */
export interface Listener {
  next(data: unknown): void;
  complete(): void;
  fail(error: GraphRequestError, isSocketLost: boolean): void;
}

/** A subscription that has not ended. */
interface Live {
  listener: Listener;
  leave: () => void;
}

/** A socket of a client, which its followers share. */
export class Socket {
  readonly #options: SocketOptions;
  /** All of them are on the connection. */
  readonly #live = new Set<Live>();
  #connection: Connection | undefined;
  #failures = 0;
  #readyAt = 0;
  #refused: string | undefined;

  /** Opens nothing yet. */
  constructor(options: SocketOptions) {
    this.#options = options;
  }

  /** Waits until it may be opened again, or until the signal is aborted. */
  async ready(signal: AbortSignal): Promise<void> {
    const waitMs = this.#readyAt - performance.now();
    if (waitMs > 0) await wait(waitMs, signal);
  }

  /** Subscribes, and gives how to end it. Throws if the platform has no WebSocket and none is given. */
  subscribe(operation: Operation, listener: Listener): () => void {
    const live: Live = { listener, leave: () => {} };
    const end = (): boolean => this.#live.delete(live);
    const dispose = this.#connect().subscribe(operation, {
      next: ({ data, errors }) => {
        if (!this.#live.has(live)) return;
        this.#failures = 0;
        const error = errorOf(errors ?? [], { code: "BAD_ANSWER", retryable: false });
        if (!error) return listener.next(data);
        live.leave();
        listener.fail(error, false);
      },
      error: (reason) => {
        if (end()) listener.fail(operationFailure(reason), false);
      },
      complete: () => {
        if (end()) listener.complete();
      },
    });
    live.leave = () => {
      end();
      dispose();
    };
    this.#live.add(live);
    return live.leave;
  }

  #connect(): Connection {
    const isLeftToClose = this.#live.size === 0 && this.#connection?.isClosing;
    if (!this.#connection || isLeftToClose) this.#connection = this.#createConnection();
    return this.#connection;
  }

  #createConnection(): Connection {
    const { token, ...options } = this.#options;
    const connection: Connection = new Connection({
      ...options,
      takeToken: () => takeToken(token, this.#refused),
      accepted: () => {
        this.#refused = undefined;
      },
      lost: (reason) => this.#lose(connection, reason),
    });
    return connection;
  }

  #lose(connection: Connection, reason: unknown): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    if (this.#live.size === 0) return;
    const error = this.#lossOf(connection, reason);
    this.#readyAt = performance.now() + backOffMs(this.#failures);
    this.#failures += 1;
    for (const { listener, leave } of this.#live) {
      leave();
      listener.fail(error, true);
    }
  }

  #lossOf({ token }: Connection, reason: unknown): GraphRequestError {
    const error = socketFailure(reason, this.#options.url);
    if (!isRefusal(reason)) return error;
    const mayAskAgain = typeof this.#options.token === "function" && this.#refused === undefined;
    this.#refused = token;
    return new GraphRequestError(error.message, { code: error.code, retryable: mayAskAgain });
  }
}

/** Errors of the subscription come as a list; what else graphql-ws throws has no better place. */
function operationFailure(reason: unknown): GraphRequestError {
  const answered = Array.isArray(reason) ? (reason as AnswerError[]) : [];
  const transport = { code: "BAD_ANSWER", retryable: false };
  return errorOf(answered, transport) ?? socketFailure(reason, "the service");
}
