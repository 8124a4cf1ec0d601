/*
 * The requests of one session, as they stand: what an event says of its request is true when the event is read, and nothing is written to the
 * timeline where a request is closed after the end of its run.
 */
import type {
  FollowRequestsSubscription,
  FollowRequestsSubscriptionVariables,
  SessionRef,
} from "../../generated/client/graphql.js";
import { followRequestsDocument, requestsDocument } from "../request-documents.js";
import { retry } from "../retry.js";
import { type InputRequest, answersOf } from "./answers.js";
import { isTooOld } from "./following.js";
import type { StoreClient } from "./store.js";

/** Where the requests are shown. */
interface ShownRequests {
  /** The ids of those that are shown as open. */
  readonly open: () => readonly string[];
  /** Shows one as it is now. */
  readonly set: (request: InputRequest) => void;
}

/** Follows the open requests of a session, and what becomes of each. */
export class TimelineRequests {
  readonly #client: StoreClient;
  readonly #session: SessionRef;
  readonly #shown: ShownRequests;
  readonly #known = new Map<string, InputRequest>();
  #stop: AbortController | undefined;
  #unwatch: (() => void) | undefined;

  constructor(client: StoreClient, session: SessionRef, shown: ShownRequests) {
    this.#client = client;
    this.#session = session;
    this.#shown = shown;
  }

  /** Begins to follow; nothing if it does already. */
  begin(): void {
    if (this.#stop && !this.#stop.signal.aborted) return;
    const stop = new AbortController();
    this.#stop = stop;
    const answers = answersOf(this.#client);
    this.#unwatch ??= answers.watch(() => {
      for (const request of this.#known.values()) {
        const shown = answers.show(request);
        if (shown && shown !== request) this.#take(shown);
      }
    });
    void this.#runAll(stop);
  }

  /** Begins anew where it has failed. */
  restart(): void {
    if (this.#stop?.signal.aborted) this.begin();
  }

  /** Ends it. */
  close(): void {
    this.#stop?.abort();
    this.#unwatch?.();
  }

  async #runAll(stop: AbortController): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await this.#run(stop.signal);
        return;
      } catch (error) {
        // Where its changes are not told one by one it begins again with what is open now.
        if (!isTooOld(error)) return stop.abort();
      }
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const variables: FollowRequestsSubscriptionVariables = {
      filter: { session: this.#session, tree: false },
    };
    const cursorOf = (data: FollowRequestsSubscription) => data.inputRequests.cursor;
    const open = new Set<string>();
    let hasBegun = false;
    for await (const { inputRequests } of this.#client.follow(followRequestsDocument, variables, cursorOf, {
      signal,
    })) {
      for (const request of inputRequests.requests) {
        this.#take(request);
        open.add(request.id);
      }
      await this.#readClosed(
        inputRequests.removedIds.filter((id) => this.#known.has(id)),
        signal,
      );
      if (hasBegun || !inputRequests.caughtUp) continue;
      hasBegun = true;
      // It began with all that are open: any other was closed after it was read, and before this was followed.
      await this.#readClosed(
        this.#shown.open().filter((id) => !open.has(id)),
        signal,
      );
    }
  }

  async #readClosed(ids: readonly string[], signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return;
    const { nodes } = await retry(() => this.#client.request(requestsDocument, { ids: [...ids] }), {
      signal,
    });
    for (const node of nodes) if (node && "state" in node) this.#take(node as InputRequest);
  }

  #take(request: InputRequest): void {
    if (request.state === "OPEN") this.#known.set(request.id, request);
    else this.#known.delete(request.id);
    this.#shown.set(request);
  }
}
