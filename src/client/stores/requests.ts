/*
 * What agents ask of people, as far as it is open: in the order in which it is to be answered. What is answered here is gone at once, and comes
 * back where the answer is refused.
 */
import type {
  FollowRequestsSubscription,
  FollowRequestsSubscriptionVariables,
  InputRequestFilter,
} from "../../generated/client/graphql.js";
import { followRequestsDocument } from "../request-documents.js";
import { type AnsweredRequest, type InputRequest, type RequestAnswer, answersOf } from "./answers.js";
import { Following } from "./following.js";
import { share } from "./share.js";
import { Published, type Store, type StoreClient, type StoreState } from "./store.js";

/** Which requests. */
export interface RequestsOptions {
  /** Default: all that are open in the tenant. */
  filter?: InputRequestFilter;
}

/** The requests as they are shown. */
export interface RequestsSnapshot extends StoreState {
  /** First to expire first, then oldest first. */
  readonly requests: readonly InputRequest[];
}

/** The requests of a filter. */
export interface Requests extends Store<RequestsSnapshot> {
  /**
   * Answers a request. Throws a GraphRequestError where it is refused: ALREADY_TERMINAL, with `details`, if it was closed meanwhile. What
   * may pass is tried again for 15 s.
   */
  readonly answer: (id: string, answer: RequestAnswer) => Promise<AnsweredRequest>;
}

/** Follows requests until it is closed. */
export function createRequests(client: StoreClient, { filter }: RequestsOptions = {}): Requests {
  const published = new Published<RequestsSnapshot>({ status: "loading", error: undefined, requests: [] });
  let known = new Map<string, InputRequest>();
  const answers = answersOf(client);
  const isAsked = ({ state }: InputRequest) => (filter?.states ?? ["OPEN"]).includes(state);
  const publish = (): void => {
    const shown = [...known.values()].flatMap((request) => answers.show(request) ?? []);
    const requests = shown.filter(isAsked).sort(compareRequests);
    const before = published.getSnapshot().requests;
    const isSame = requests.length === before.length && requests.every((one, index) => one === before[index]);
    published.publish({ requests: isSame ? before : requests });
  };
  const following = new Following(published, {
    async *follow(loss) {
      const variables: FollowRequestsSubscriptionVariables = { filter };
      const cursorOf = (data: FollowRequestsSubscription) => data.inputRequests.cursor;
      const batches = client.follow(followRequestsDocument, variables, cursorOf, loss);
      // What was known stays until all that is open has come.
      let fresh: Map<string, InputRequest> | undefined = new Map();
      for await (const { inputRequests } of batches) {
        const taken: Map<string, InputRequest> = fresh ?? known;
        for (const request of inputRequests.requests)
          taken.set(request.id, share(taken.get(request.id) ?? known.get(request.id), request));
        for (const id of inputRequests.removedIds) taken.delete(id);
        if (fresh && inputRequests.caughtUp) {
          known = fresh;
          fresh = undefined;
        }
        if (fresh) continue;
        publish();
        yield inputRequests;
      }
    },
  });
  const unwatch = answers.watch(publish);
  return {
    getSnapshot: published.getSnapshot,
    subscribe: published.subscribe,
    refresh: () => following.restart(),
    close() {
      following.stop();
      unwatch();
    },
    answer: (id, answer) => answers.answer(id, answer),
  };
}

const never = "~";

function compareRequests(a: InputRequest, b: InputRequest): number {
  const key = (one: InputRequest) => [one.expiresAt ?? never, one.requestedAt, one.id];
  const [left, right] = [key(a), key(b)];
  const place = left.findIndex((value, index) => value !== right[index]);
  if (place < 0) return 0;
  return (left[place] ?? "") < (right[place] ?? "") ? -1 : 1;
}
