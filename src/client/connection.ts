/*
 * One WebSocket from its opening to its loss, by a graphql-ws client of its own: so that what is heard late of a socket that
 * was given up, such as its closing or its token, is never taken for the next one's. `socket.ts` has the table of its states.
 */
import { type Client, createClient } from "graphql-ws/client";
import type { AnswerError } from "./answer.js";
import { type WebSocketClass, webSocketThatIsHeard } from "./web-socket.js";

/** A subscription as it is sent. */
export interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

/** What comes of a subscription, as graphql-ws hands it on. */
export interface Answer {
  data?: unknown;
  errors?: readonly AnswerError[];
}

/** Whom a connection tells of one subscription. */
export interface AnswerSink {
  next(answer: Answer): void;
  error(reason: unknown): void;
  complete(): void;
}

/** How a connection is opened, and whom it tells. */
export interface ConnectionOptions {
  /** The API, http or https. */
  url: string;
  /** Default: the platform's. */
  webSocket: WebSocketClass | undefined;
  /** How long opening may take, in milliseconds. */
  timeoutMs: number;
  /** How often an open socket is asked whether it lives, and how long it may take to answer, in milliseconds. */
  pingMs: number;
  /** The bearer token to send, if there is one; it is asked for once. What it throws loses the connection. */
  takeToken: () => Promise<string | undefined>;
  /** Told once the service has accepted the token, or that there is none. */
  accepted: () => void;
  /** Told once of the loss: by a close event, an error event, or an error. */
  lost: (reason: unknown) => void;
}

/** `readyState` of a WebSocket that is being closed. */
const closing = 2;

/** Opens with the first subscription; closes itself when the last of them has been left. */
export class Connection {
  readonly #client: Client;
  readonly #lost: (reason: unknown) => void;
  #state: "opening" | "open" | "asking" | "lost" = "opening";
  #isAsked = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #webSocket: { readyState: number } | undefined;
  #token: string | undefined;

  /** Opens nothing yet. Throws if the platform has no WebSocket and none is given. */
  constructor({ url, webSocket, timeoutMs, pingMs, takeToken, accepted, lost }: ConnectionOptions) {
    this.#lost = lost;
    this.#client = createClient({
      url: url.replace(/^http/, "ws"),
      webSocketImpl: webSocketThatIsHeard(webSocket),
      retryAttempts: 0,
      keepAlive: pingMs,
      connectionParams: async () => {
        this.#token = await takeToken();
        return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
      },
      on: {
        connecting: () => this.#enter("opening", timeoutMs),
        opened: (opened) => {
          this.#webSocket = opened as { readyState: number };
        },
        connected: () => {
          if (this.#state !== "opening") return;
          if (this.#isAsked) this.#enter("asking", pingMs);
          else this.#enter("open");
          accepted();
        },
        // While it opens only timeoutMs counts, whatever it answers meanwhile.
        ping: (isReceived) => {
          if (isReceived) return;
          this.#isAsked = true;
          if (this.#state === "open") this.#enter("asking", pingMs);
        },
        pong: (isReceived) => {
          if (!isReceived) return;
          this.#isAsked = false;
          if (this.#state === "asking") this.#enter("open");
        },
        error: (error) => this.#lose(error),
        closed: (event) => this.#lose(event),
      },
    });
  }

  /** The token that was sent. */
  get token(): string | undefined {
    return this.#token;
  }

  /** True from when either side has begun to close it: what is subscribed now would only be lost with it. */
  get isClosing(): boolean {
    return (this.#webSocket?.readyState ?? 0) >= closing;
  }

  /** Subscribes, and gives how to end it. The sink is told of a loss as well, later than `lost`. */
  subscribe(operation: Operation, sink: AnswerSink): () => void {
    const dispose = this.#client.subscribe(operation, sink as Parameters<Client["subscribe"]>[1]);
    // Later, since graphql-ws lets go of the socket twice if `complete` follows in the same piece of what has come.
    return () => queueMicrotask(dispose);
  }

  #enter(state: "opening" | "open" | "asking", limitMs?: number): void {
    this.#state = state;
    clearTimeout(this.#deadline);
    if (limitMs !== undefined) this.#deadline = setTimeout(() => this.#client.terminate(), limitMs);
  }

  #lose(reason: unknown): void {
    if (this.#state === "lost") return;
    this.#state = "lost";
    clearTimeout(this.#deadline);
    this.#lost(reason);
  }
}
