/*
 * What a runner asks people and waits for. A request is closed by an answer, which comes as a command ANSWER, or otherwise: by a turn or steer,
 * by a runner who heard of it elsewhere, or since nobody's answer is needed any more. Nothing comes of those by itself, so the requests are
 * looked at: when a command comes or ends, and every few seconds. A heartbeat is what shows a runner its requests, whatever else it may read.
 */
import type { HeartbeatRunMutation } from "../../generated/client/graphql.js";
import { GraphRequestError } from "../graph-request-error.js";
import { wait } from "../wait.js";
import type { RunLease } from "./run-lease.js";

/** What a person answered. */
export interface Answer {
  /** `approved` or `denied`; `answered` or `denied` of a question; undefined where it expired: silence never approves. */
  decision: "approved" | "denied" | "answered" | undefined;
  expired: boolean;
  choiceIds: readonly string[];
  value: unknown;
  comment: string | null;
  answeredBy: string | null;
}

/** The payload of a command ANSWER. */
export type Told = Partial<Answer> & { inputRequestId?: string; requestId?: string | null };

type Request = NonNullable<HeartbeatRunMutation["heartbeatRun"]["run"]["inputRequests"]>["nodes"][number];

interface Waiter {
  requestId: string;
  /** The request's own id; undefined until what asks it is stored. */
  id: string | undefined;
  answered: (answer: Answer) => void;
  failed: (error: unknown) => void;
}

/** How often requests are looked at, in milliseconds, where the lease asks for no more. */
const lookMs = 5_000;

/** The answer that a command ANSWER tells. */
export function answerIn({ decision, expired, choiceIds, value, comment, answeredBy }: Told): Answer {
  return {
    decision,
    expired: expired === true,
    choiceIds: choiceIds ?? [],
    value: value ?? null,
    comment: comment ?? null,
    answeredBy: answeredBy ?? null,
  };
}

/** Waits until what is asked in a run that is held is closed. */
export class Questions {
  readonly #lease: RunLease;
  readonly #waiters = new Set<Waiter>();
  /** The requests whose closing was seen before the command that tells it. */
  readonly #closed = new Set<string>();
  #rest = new AbortController();
  #looking = false;

  constructor(lease: RunLease) {
    this.#lease = lease;
    lease.signal.addEventListener("abort", () =>
      this.#settle(this.#waiters, ({ failed }) => failed(runOver())),
    );
  }

  /** Asks by a function that gives the id of the request, and waits. Throws REQUEST_WITHDRAWN, RUN_OVER, or what the function throws. */
  async ask(requestId: string, open: () => Promise<string | undefined>): Promise<Answer> {
    if (this.#lease.signal.aborted) throw runOver();
    let waiter: Waiter | undefined;
    const closed = new Promise<Answer>((answered, failed) => {
      waiter = { requestId, id: undefined, answered, failed };
      this.#waiters.add(waiter);
    });
    if (waiter) void this.#open(waiter, open);
    return closed;
  }

  async #open(waiter: Waiter, open: () => Promise<string | undefined>): Promise<void> {
    try {
      waiter.id = await open();
      this.look();
    } catch (error) {
      this.#settle([waiter], ({ failed }) => failed(error));
    }
  }

  /** Hands an answer to who waits for it. False where nobody does. */
  tell(told: Told): boolean {
    const { inputRequestId = "", requestId } = told;
    if (this.#closed.delete(inputRequestId)) return true;
    const waiters = [...this.#waiters].filter((waiter) =>
      waiter.id === undefined ? waiter.requestId === requestId : waiter.id === inputRequestId,
    );
    this.#settle(waiters, ({ answered }) => answered(answerIn(told)));
    return waiters.length > 0;
  }

  /** Looks at once, and then every few seconds, for as long as anybody waits. */
  look(): void {
    this.#rest.abort();
    if (!this.#looking) void this.#lookOn();
  }

  async #lookOn(): Promise<void> {
    this.#looking = true;
    while (this.#waiters.size > 0) {
      this.#rest = new AbortController();
      // What fails is the heartbeats' affair.
      await this.#lookThrough().catch(() => {});
      await wait(Math.min(lookMs, (this.#lease.leaseSeconds * 1000) / 3), this.#rest.signal);
    }
    this.#looking = false;
  }

  /** Reads the requests, newest first, as far back as anybody waits for one. */
  async #lookThrough(): Promise<void> {
    const missing = new Set([...this.#waiters].map(({ id }) => id).filter((id) => id !== undefined));
    let after: string | null = null;
    while (missing.size > 0) {
      const { inputRequests } = await this.#lease.beat({ asks: true, after });
      for (const request of inputRequests?.nodes ?? []) {
        missing.delete(request.id);
        await this.#see(request);
      }
      if (!inputRequests?.pageInfo.hasNextPage) return;
      after = inputRequests.pageInfo.endCursor;
    }
  }

  async #see({ id, state, answer }: Request): Promise<void> {
    const waitersNow = () => [...this.#waiters].filter((waiter) => waiter.id === id);
    if (state === "OPEN" || waitersNow().length === 0) return;
    // The run may have ended after the heartbeat that read this, and took the request with it: another one tells.
    if (state === "WITHDRAWN") await this.#lease.beat({ asks: false });
    const waiters = waitersNow();
    this.#settle(waiters, ({ answered, failed }) => {
      if (state === "WITHDRAWN") return failed(withdrawn());
      const decision = answer?.decision.toLowerCase() as Answer["decision"];
      answered(answerIn({ ...answer, decision, expired: state === "EXPIRED" }));
    });
    if (state !== "WITHDRAWN") this.#closed.add(id);
  }

  #settle(waiters: Iterable<Waiter>, settle: (waiter: Waiter) => void): void {
    for (const waiter of waiters) {
      this.#waiters.delete(waiter);
      settle(waiter);
    }
    if (this.#waiters.size === 0) this.#rest.abort();
  }
}

function runOver(): GraphRequestError {
  return new GraphRequestError("the run is not held any more", { code: "RUN_OVER", retryable: false });
}

function withdrawn(): GraphRequestError {
  const message =
    "what was asked was withdrawn: its turn has ended, it was asked anew, or no answer is needed";
  return new GraphRequestError(message, { code: "REQUEST_WITHDRAWN", retryable: false });
}
