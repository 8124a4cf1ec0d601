/*
 * A client with the interface of graphql-ws's own, for urql, Apollo, Relay and whatever else takes one. It outlives refused connections, and
 * resumes each subscription of the service after the last batch that it has handed on, whatever the program selects of it. What has no cursor
 * begins anew.
 */
import type { Client } from "graphql-ws/client";
import { Places } from "../places.js";
import { type WebSocketClass, webSocketThatIsHeard } from "../web-socket.js";
import { createCarrier } from "./carrier.js";
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

/** Creates a client that takes the place of graphql-ws's. A socket of it carries 100 subscriptions; a further one opens for each 100 more. */
export function createResumingClient(options: ResumingClientOptions): ResumingClient {
  const { keepAlive = 10_000, webSocketImpl, ...given } = options;
  const webSocket = webSocketThatIsHeard(webSocketImpl as WebSocketClass | undefined);
  const stop = new AbortController();
  const heard = new Heard();
  const places = new Places(() => {
    const isFirst = places.carriers.length === 0;
    const carrier = createCarrier(
      {
        ...given,
        keepAlive,
        // The others are opened for those who come, and closed behind them.
        ...(isFirst ? {} : { lazy: true }),
        webSocketImpl: webSocket,
      },
      stop.signal,
    );
    heard.add(carrier.client);
    return carrier;
  });
  // Where it is not lazy it opens now.
  places.take().leave();

  const subscribe: ResumingClient["subscribe"] = (payload, sink) => {
    const { carrier, leave } = places.take();
    const told: typeof sink = {
      next: (value) => sink.next(value),
      error(error) {
        leave();
        sink.error(error);
      },
      complete() {
        leave();
        sink.complete();
      },
    };
    const subscription = new ResumingSubscription(payload, told as ResumingSink<ResumingResult>, {
      stop: stop.signal,
      mayAskAgain: (error) => carrier.mayAskAgain(error),
      open: (own, inner) => carrier.client.subscribe(own, inner),
    });
    return () => {
      leave();
      subscription.leave();
    };
  };
  return {
    on: (event, listener) => heard.on(event as "closed", listener),
    subscribe,
    iterate: (payload) => iterate((sink) => subscribe(payload, sink)),
    terminate: () => places.carriers.forEach(({ client }) => client.terminate()),
    async dispose() {
      stop.abort();
      await Promise.all(places.carriers.map((carrier) => carrier.dispose()));
    },
  };
}

type Listen = Client["on"];

/** Who hears of the sockets of all clients, those that are still to come included. */
class Heard {
  readonly #clients: Client[] = [];
  readonly #all = new Set<(client: Client) => void>();

  /** Tells of one more client. */
  add(client: Client): void {
    this.#clients.push(client);
    for (const listen of this.#all) listen(client);
  }

  /** Begins to hear; gives how to stop. */
  readonly on: Listen = (event, listener) => {
    const stops: (() => void)[] = [];
    const listen = (client: Client): void => void stops.push(client.on(event, listener));
    this.#all.add(listen);
    this.#clients.forEach(listen);
    return () => {
      this.#all.delete(listen);
      for (const stop of stops) stop();
    };
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
