import { type AnswerError, errorOf } from "../answer.js";
import { backOffMs } from "../retry.js";
import { wait } from "../wait.js";
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

/** By what a subscription is opened, and until when. */
export interface Opening {
  stop: AbortSignal;
  mayAskAgain: (error: unknown) => boolean;
  open: (payload: ResumingPayload, sink: ResumingSink<ResumingResult>) => () => void;
}

/** One subscription of a program, over any number of those that it takes. */
export class ResumingSubscription {
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
    const { query = payload.query } = this.#resumable ?? {};
    this.#payload = { ...payload, query, variables: { ...payload.variables } };
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
    void this.#openLater(waiting, waitMs);
  }

  async #openLater(waiting: number, waitMs: number): Promise<void> {
    const { stop } = this.#opening;
    await wait(waitMs, stop);
    if (this.#isOver || waiting !== this.#opened) return;
    if (!stop.aborted) return this.#open();
    this.#isOver = true;
    this.#sink.complete();
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
