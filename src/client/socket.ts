/*
 * The one socket of a client, shared by its followers: opened for the first, closed with the last. It says what was lost and
 * when to come back, and never subscribes again by itself, since only a follower knows its cursor.
 */
import { type Client, createClient } from "graphql-ws/client";
import { type AnswerError, errorOf } from "./answer.js";
import { GraphRequestError } from "./graph-request-error.js";
import { backOffMs } from "./retry.js";
import { isRefusal, socketFailure } from "./socket-failure.js";
import { type TokenSource, takeToken } from "./token.js";
import { wait } from "./wait.js";

/** A WebSocket class: the platform's, or that of the package ws. */
export type WebSocketClass = new (url: string, protocols: string) => object;

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

/** The socket that followers share. */
export interface FollowSocket {
  /** Waits until it may be opened again, or until the signal is aborted. */
  ready(signal: AbortSignal): Promise<void>;
  /** Subscribes, and gives how to end it. Throws where the platform has no WebSocket. */
  subscribe(operation: { query: string; variables: Record<string, unknown> }, listener: Listener): () => void;
}

/** `readyState` of a WebSocket that is being closed. */
const closing = 2;

interface Live {
  listener: Listener;
  unsubscribe: () => void;
  /** True where it was begun while the socket before was being closed: it goes to the next one. */
  isForNext: boolean;
}

/** Creates the socket; opens nothing yet. */
export function createSocket(options: SocketOptions): FollowSocket {
  const live = new Set<Live>();
  let client: Client | undefined;
  let current: { readyState: number } | undefined;
  let failures = 0;
  let readyAt = 0;
  let sent: string | undefined;
  let refused: string | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;

  const lose = (lost: unknown, isGoodbye: boolean): void => {
    clearTimeout(deadline);
    const gone = [...live].filter(({ isForNext }) => !(isGoodbye && isForNext));
    for (const one of live) one.isForNext = false;
    if (gone.length === 0) return;
    let error = socketFailure(lost, options.url);
    if (isRefusal(lost)) {
      const mayAskAgain = typeof options.token === "function" && refused === undefined;
      const { message, code } = error;
      error = new GraphRequestError(message, { code, retryable: mayAskAgain });
      refused = sent;
    }
    readyAt = performance.now() + backOffMs(failures);
    failures += 1;
    for (const one of gone) {
      one.unsubscribe();
      one.listener.fail(error, true);
    }
  };

  const limit = (ms: number): void => {
    clearTimeout(deadline);
    deadline = setTimeout(() => client?.terminate(), ms);
  };

  const open = (): Client =>
    createClient({
      url: options.url.replace(/^http/, "ws"),
      webSocketImpl: hearErrors(options.webSocket ?? platformWebSocket()),
      retryAttempts: 0,
      keepAlive: options.pingMs,
      connectionParams: async () => {
        sent = await takeToken(options.token, refused);
        return sent === undefined ? {} : { authorization: `Bearer ${sent}` };
      },
      on: {
        connecting: () => limit(options.timeoutMs),
        opened: (socket) => {
          current = socket as { readyState: number };
        },
        connected: () => {
          clearTimeout(deadline);
          refused = undefined;
        },
        ping: (isReceived) => {
          if (!isReceived) limit(options.pingMs);
        },
        pong: (isReceived) => {
          if (isReceived) clearTimeout(deadline);
        },
        error: (error) => lose(error, false),
        closed: (event) => {
          current = undefined;
          lose(event, (event as { code?: number }).code === 1000);
        },
      },
    });

  return {
    async ready(signal) {
      const waitMs = readyAt - performance.now();
      if (waitMs > 0) await wait(waitMs, signal);
    },
    subscribe(operation, listener) {
      client ??= open();
      const one: Live = {
        listener,
        unsubscribe: () => {},
        isForNext: (current?.readyState ?? 0) >= closing,
      };
      const end = (tell?: () => void): void => {
        if (live.delete(one)) tell?.();
      };
      const dispose = client.subscribe<unknown>(operation, {
        next: ({ data, errors }) => {
          if (!live.has(one)) return;
          failures = 0;
          const error = errorOf(errors ?? [], { code: "BAD_ANSWER", retryable: false });
          if (!error) return listener.next(data);
          one.unsubscribe();
          listener.fail(error, false);
        },
        error: (reason) => end(() => listener.fail(refusalOf(reason), false)),
        complete: () => end(() => listener.complete()),
      });
      // Later, since graphql-ws lets go of the socket twice where `complete` follows in the same piece of what has come.
      one.unsubscribe = () => {
        end();
        queueMicrotask(dispose);
      };
      live.add(one);
      return one.unsubscribe;
    },
  };
}

/**
 * The same class, whose sockets are always listened to: graphql-ws hears no more of one that it has given up, and an error
 * that nobody hears ends the program where the class is the package ws's.
 */
function hearErrors(webSocket: WebSocketClass): WebSocketClass {
  return class extends (webSocket as new (url: string, protocols: string) => EventTarget) {
    constructor(url: string, protocols: string) {
      super(url, protocols);
      this.addEventListener("error", () => {});
    }
  };
}

function platformWebSocket(): WebSocketClass {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketClass };
  if (WebSocket) return WebSocket;
  throw new Error(
    "there is no WebSocket here: give createClient one as `webSocket`, such as the package ws's",
  );
}

/** Errors of the subscription come as a list; what else graphql-ws throws has no better place. */
function refusalOf(reason: unknown): GraphRequestError {
  const answered = Array.isArray(reason) ? (reason as AnswerError[]) : [];
  const transport = { code: "BAD_ANSWER", retryable: false };
  return errorOf(answered, transport) ?? socketFailure(reason, "the service");
}
