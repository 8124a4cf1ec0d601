/*
 * One session, as an inbox shows it. It is read, and then the changes of its project's sessions are followed, since there is no feed of one: the
 * changes of an archived or snoozed one come as word that it is in no plain list, and it is read anew.
 */
import type {
  FollowInboxSubscription,
  FollowInboxSubscriptionVariables,
  SessionRef,
} from "../../generated/client/graphql.js";
import { followInboxDocument, inboxSessionDocument } from "../inbox-documents.js";
import { retry } from "../retry.js";
import { Following } from "./following.js";
import type { InboxSession } from "./inbox-list.js";
import { type MarkFunctions, markFunctions } from "./mark-functions.js";
import { marksOf } from "./marks.js";
import { ShownSession } from "./shown-session.js";
import { Published, type Store, type StoreClient, type StoreState } from "./store.js";

/** For whom. */
export interface SessionOptions {
  /** The reader whose marks count. Default: the reader that the client's token names. */
  readerId?: string;
}

/** A session as it is shown. */
export interface SessionSnapshot extends StoreState {
  /** Null where there is none (any more); undefined while it is not read. */
  readonly session: InboxSession | null | undefined;
}

/** Follows one session until it is closed. */
export function createSession(
  client: StoreClient,
  ref: SessionRef,
  { readerId }: SessionOptions = {},
): Store<SessionSnapshot> & MarkFunctions {
  const published = new Published<SessionSnapshot>({
    status: "loading",
    error: undefined,
    session: undefined,
  });
  const marks = marksOf(client, readerId);
  const shown = new ShownSession(marks);
  const publish = (): void => published.publish({ session: shown.shown() ?? null });
  const read = async (): Promise<void> => {
    const { session } = await client.request(inboxSessionDocument, { by: ref, readerId });
    if (session) shown.take(session);
    else shown.drop();
    publish();
  };
  const isOurs = ({ id, sessionId }: { id: string; sessionId: string }): boolean =>
    "id" in ref && ref.id ? ref.id === id : ref.sessionId === sessionId;

  const following = new Following(published, {
    begin: read,
    async *follow(loss) {
      const projectId = shown.known?.projectId;
      const variables: FollowInboxSubscriptionVariables = {
        filter: { state: "ALL", level: "ALL", ...(projectId === undefined ? {} : { projectId }) },
        readerId,
      };
      const cursorOf = (data: FollowInboxSubscription) => data.sessionAttentionChanged.cursor;
      let isFirst = true;
      for await (const data of client.follow(followInboxDocument, variables, cursorOf, loss)) {
        const { sessions, removedIds } = data.sessionAttentionChanged;
        const own = sessions.find(isOurs);
        if (own) {
          shown.take(own);
          publish();
        }
        // What happened between the reading and the first batch, and what no plain list holds, is read.
        const isHidden = shown.known !== undefined && removedIds.includes(shown.known.id);
        if (isFirst || isHidden) await retry(read, { signal: loss.signal, onRetry: loss.onRetry });
        isFirst = false;
        yield data;
      }
    },
  });
  const unwatch = marks.watch({
    find: (id) => shown.find(id),
    settle: (settled) => {
      if (shown.settle(settled)) publish();
    },
  });
  return {
    getSnapshot: published.getSnapshot,
    subscribe: published.subscribe,
    refresh: () => following.restart(),
    close() {
      following.stop();
      unwatch();
    },
    ...markFunctions(marks),
  };
}
