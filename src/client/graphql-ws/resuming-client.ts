/*
 * A client with the interface of graphql-ws's own, for urql, Apollo, Relay and whatever else takes one. It outlives refused connections, and
 * resumes each subscription of the service after the last batch that it has handed on, whatever the program selects of it. What has no cursor
 * begins anew.
 */
import { createClient } from "graphql-ws/client";
import { type AnswerError, errorOf } from "../answer.js";
import { backOffMs } from "../retry.js";
import { wait } from "../wait.js";
import { type WebSocketClass, webSocketThatIsHeard } from "../web-socket.js";
import { cursorAlias, resumableQuery } from "./resumable-query.js";

/** What graphql-ws hands on of an answer. */
export interface ResumingResult<Data = Record<string, unknown>, Extensions = unknown> {
  // oxlint-disable-next-line typescript/no-explicit-any -- graphql-ws's own type of an error needs the package graphql
  errors?: readonly any[];
  data?: Data | null;
  hasNext?: boolean;
  extensions?: Extensions;
}

/** Whom a subscription tells. */
export interface ResumingSink<Value = unknown> {
  next(value: Value): void;
  error(error: unknown): void;
  complete(): void;
}

/** An operation. */
export interface ResumingPayload {
  readonly operationName?: string | null;
  readonly query: string;
  readonly variables?: Record<string, unknown> | null;
  readonly extensions?: Record<string, unknown> | null;
}

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
    new Subscription(payload, sink as ResumingSink<ResumingResult>, {
      stop: stop.signal,
      mayAskAgain,
      open: (own, inner) => client.subscribe(own, inner as never),
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

interface Opening {
  stop: AbortSignal;
  mayAskAgain: (error: unknown) => boolean;
  open: (payload: ResumingPayload, sink: ResumingSink<ResumingResult>) => () => void;
}

/** One subscription of a program, over any number of those that it takes. */
class Subscription {
  readonly #sink: ResumingSink<ResumingResult>;
  readonly #opening: Opening;
  readonly #resumable: ReturnType<typeof resumableQuery>;
  /** What is sent: graphql-ws sends this very object again after a loss, with the cursor that it has then. */
  readonly #payload: { query: string; variables: Record<string, unknown> } & Omit<
    ResumingPayload,
    "query" | "variables"
  >;
  #dispose: () => void = () => {};
  #failures = 0;
  #isOver = false;
  #opened = 0;

  constructor(payload: ResumingPayload, sink: ResumingSink<ResumingResult>, opening: Opening) {
    this.#sink = sink;
    this.#opening = opening;
    this.#resumable = resumableQuery(payload.query, payload.operationName);
    const { query = payload.query, variable = "", begins = null } = this.#resumable ?? {};
    const variables = { ...(begins === null ? {} : { [variable]: begins }), ...payload.variables };
    this.#payload = { ...payload, query, variables };
    this.#open();
  }

  readonly leave = (): void => {
    this.#isOver = true;
    this.#dispose();
  };

  #open(): void {
    this.#opened += 1;
    const own = this.#opened;
    const isCurrent = () => own === this.#opened && !this.#isOver;
    const ended = (tell: () => void): void => {
      if (!isCurrent()) return;
      this.#isOver = true;
      tell();
    };
    this.#dispose = this.#opening.open(this.#payload, {
      next: (result) => {
        if (!isCurrent()) return;
        const failure = retryableOf(result.errors);
        if (failure) return this.#openAgain(failure.cursor);
        this.#failures = 0;
        this.#sink.next(this.#take(result));
      },
      error: (error) => {
        if (!isCurrent()) return;
        const failure = Array.isArray(error) ? retryableOf(error as AnswerError[]) : undefined;
        if (failure || this.#opening.mayAskAgain(error)) return this.#openAgain(failure?.cursor);
        ended(() => this.#sink.error(error));
      },
      complete: () => ended(() => this.#sink.complete()),
    });
  }

  /** Subscribes again after a while: the service could not go on with it. */
  #openAgain(cursor: string | undefined): void {
    const dispose = this.#dispose;
    this.#opened += 1;
    const waiting = this.#opened;
    queueMicrotask(dispose);
    if (cursor !== undefined && this.#resumable) this.#payload.variables[this.#resumable.variable] = cursor;
    const waitMs = backOffMs(this.#failures);
    this.#failures += 1;
    void wait(waitMs, this.#opening.stop).then(() => {
      if (this.#isOver || waiting !== this.#opened) return;
      if (!this.#opening.stop.aborted) return this.#open();
      this.#isOver = true;
      this.#sink.complete();
    });
  }

  /** Notes the cursor of an answer, and takes it out. */
  #take(result: ResumingResult): ResumingResult {
    const { data } = result;
    if (!this.#resumable || !data) return result;
    const { field, variable } = this.#resumable;
    const batch = data[field] as Record<string, unknown> | null | undefined;
    if (!batch || !(cursorAlias in batch)) return result;
    const { [cursorAlias]: cursor, ...rest } = batch;
    this.#payload.variables[variable] = cursor;
    return { ...result, data: { ...data, [field]: rest } };
  }
}

/** Where to go on after errors that pass by themselves; undefined where they do not. */
function retryableOf(errors: readonly AnswerError[] | undefined): { cursor: string | undefined } | undefined {
  const error = errorOf(errors ?? [], { code: "", retryable: false });
  if (!error?.retryable) return undefined;
  const { cursor } = (error.details ?? {}) as { cursor?: unknown };
  return { cursor: typeof cursor === "string" ? cursor : undefined };
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
