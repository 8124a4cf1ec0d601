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
import type { Loss } from "./following.js";
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
  readonly #unwatch: () => void;

  constructor(client: StoreClient, session: SessionRef, shown: ShownRequests) {
    this.#client = client;
    this.#session = session;
    this.#shown = shown;
    const answers = answersOf(client);
    this.#unwatch = answers.watch(() => {
      for (const request of this.#known.values()) {
        const shown = answers.show(request);
        if (shown && shown !== request) this.#take(shown);
      }
    });
  }

  /** Ends it. */
  close(): void {
    this.#unwatch();
  }

  /** Follows, beginning with what is open now. To be called once the events are read: what they show as open is looked at. */
  async *follow(loss: Loss): AsyncGenerator {
    const variables: FollowRequestsSubscriptionVariables = {
      filter: { session: this.#session, tree: false },
    };
    const cursorOf = (data: FollowRequestsSubscription) => data.inputRequests.cursor;
    const open = new Set<string>();
    let hasBegun = false;
    const batches = this.#client.follow(followRequestsDocument, variables, cursorOf, loss);
    for await (const { inputRequests } of batches) {
      for (const request of inputRequests.requests) {
        this.#take(request);
        open.add(request.id);
      }
      await this.#readClosed(
        inputRequests.removedIds.filter((id) => this.#known.has(id)),
        loss,
      );
      if (!hasBegun && inputRequests.caughtUp) {
        hasBegun = true;
        // It began with all that are open: any other was closed after it was read, and before this was followed.
        await this.#readClosed(
          this.#shown.open().filter((id) => !open.has(id)),
          loss,
        );
      }
      yield inputRequests;
    }
  }

  async #readClosed(ids: readonly string[], loss: Loss): Promise<void> {
    if (ids.length === 0) return;
    const { nodes } = await retry(() => this.#client.request(requestsDocument, { ids: [...ids] }), loss);
    for (const node of nodes) if (node && "state" in node) this.#take(node as InputRequest);
  }

  #take(request: InputRequest): void {
    if (request.state === "OPEN") this.#known.set(request.id, request);
    else this.#known.delete(request.id);
    this.#shown.set(request);
  }
}
