/*
 * A client with the interface of graphql-ws's own, for urql, Apollo, Relay and whatever else takes one. It outlives refused connections, and
 * resumes each subscription of the service after the last batch that it has handed on, whatever the program selects of it. What has no cursor
 * begins anew.
 */
import { createClient } from "graphql-ws/client";
import { backOffMs } from "../retry.js";
import { wait } from "../wait.js";
import { type WebSocketClass, webSocketThatIsHeard } from "../web-socket.js";
import {
  type ResumingPayload,
  type ResumingResult,
  type ResumingSink,
  ResumingSubscription,
} from "./resuming-subscription.js";

/** The interface of graphql-ws's client. */
export interface ResumingClient {
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments depend on the event, as graphql-ws says
  on(event: any, listener: (...args: any[]) => void): () => void;
  subscribe<Data = Record<string, unknown>, Extensions = unknown>(
    payload: ResumingPayload,
    sink: ResumingSink<ResumingResult<Data, Extensions>>,
  ): () => void;
  iterate<Data = Record<string, unknown>, Extensions = unknown>(
    payload: ResumingPayload,
  ): AsyncIterableIterator<ResumingResult<Data, Extensions>>;
  terminate(): void;
  dispose(): void | Promise<void>;
}

/** The options of graphql-ws's client that are taken; they mean the same. It decides itself when to try again: for ever. */
export interface ResumingClientOptions {
  /** ws or wss: ws://127.0.0.1:4000/graphql. */
  url: string | (() => string | Promise<string>);
  /** A function is called for each connection: once more where the service refuses its token. */
  connectionParams?:
    | Record<string, unknown>
    | (() => Record<string, unknown> | Promise<Record<string, unknown> | undefined> | undefined);
  /** The class to open sockets with: the package ws's before Node 22. Default: the platform's own WebSocket. */
  webSocketImpl?: unknown;
  /** Default: true. */
  lazy?: boolean;
  lazyCloseTimeout?: number;
  /** How often an open socket is asked whether it lives, and how long it may take to answer, in milliseconds. Default: 10,000. */
  keepAlive?: number;
  connectionAckWaitTimeout?: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- as in `on`
  on?: Record<string, ((...args: any[]) => void) | undefined>;
}

/** Creates a client that takes the place of graphql-ws's. */
export function createResumingClient(options: ResumingClientOptions): ResumingClient {
  const { keepAlive = 10_000, webSocketImpl, ...given } = options;
  const stop = new AbortController();
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let isRefused = false;
  const client = createClient({
    connectionAckWaitTimeout: 30_000,
    ...given,
    connectionParams: given.connectionParams as Record<string, unknown>,
    keepAlive,
    webSocketImpl: webSocketThatIsHeard(webSocketImpl as WebSocketClass | undefined),
    retryAttempts: Infinity,
    shouldRetry: () => !stop.signal.aborted,
    retryWait: (retries) => wait(backOffMs(retries), stop.signal),
  });
  client.on("connected", () => (isRefused = false));
  client.on("ping", (isReceived) => {
    if (!isReceived) deadline = setTimeout(() => client.terminate(), keepAlive);
  });
  for (const heard of ["pong", "closed"] as const) client.on(heard, () => clearTimeout(deadline));

  /** A refused token is asked for once more. */
  const mayAskAgain = (error: unknown): boolean => {
    const { code } = (error ?? {}) as { code?: unknown };
    const mayAsk = typeof given.connectionParams === "function" && !isRefused;
    if ((code !== 4401 && code !== 4403) || !mayAsk) return false;
    isRefused = true;
    return true;
  };
  const subscribe: ResumingClient["subscribe"] = (payload, sink) =>
    new ResumingSubscription(payload, sink as ResumingSink<ResumingResult>, {
      stop: stop.signal,
      mayAskAgain,
      open: (own, inner) => client.subscribe(own, inner),
    }).leave;
  return {
    on: (event, listener) => client.on(event as "closed", listener),
    subscribe,
    iterate: (payload) => iterate((sink) => subscribe(payload, sink)),
    terminate: () => client.terminate(),
    dispose() {
      stop.abort();
      clearTimeout(deadline);
      return client.dispose();
    },
  };
}

async function* iterate<Result>(
  subscribe: (sink: ResumingSink<Result>) => () => void,
): AsyncGenerator<Result, undefined> {
  const held: Result[] = [];
  let end: { error?: unknown } | undefined;
  let wake = (): void => {};
  const finish = (how: { error?: unknown }): void => {
    end = how;
    wake();
  };
  const leave = subscribe({
    next: (result) => {
      held.push(result);
      wake();
    },
    error: (error) => finish({ error }),
    complete: () => finish({}),
  });
  try {
    for (;;) {
      for (let result = held.shift(); result !== undefined; result = held.shift()) yield result;
      if (end) {
        if ("error" in end) throw end.error;
        return undefined;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    leave();
  }
}
