/* The client itself: it calls the service, and follows it. */
import type {
  FollowInboxSubscription,
  FollowInboxSubscriptionVariables,
  FollowRunSubscription,
  FollowRunSubscriptionVariables,
  FollowSessionSubscription,
  FollowSessionSubscriptionVariables,
} from "../generated/client/graphql.js";
import {
  type DeltaTarget,
  type DeltaWriter,
  type WriteDeltasOptions,
  createDeltaWriter,
} from "./delta-writer.js";
import { type CursorOf, type FollowOptions, follow } from "./follow.js";
import { followRunDocument, followSessionDocument } from "./follow-documents.js";
import { followInboxDocument } from "./inbox-documents.js";
import type { OperationText } from "./operation.js";
import { Places } from "./places.js";
import { Socket } from "./socket.js";
import { type GraphClient, type TransportOptions, checkUrl, createTransport } from "./transport.js";
import type { WebSocketClass } from "./web-socket.js";

/** Where the service is, as whom to call it, and over what. */
export interface ClientOptions extends TransportOptions {
  /** The class to open sockets with: the package ws's before Node 22. Default: the platform's own WebSocket. */
  webSocket?: WebSocketClass;
  /** How often an open socket is asked whether it lives, and how long it may take to answer, in milliseconds. Default: 10,000. */
  pingMs?: number;
}

/** Some events of a run, and the run after them. */
export type RunBatch = FollowRunSubscription["runEvents"];

/** Some events of a session's runs, and the session after them. */
export type SessionBatch = FollowSessionSubscription["sessionEvents"];

/** Sessions that changed in an inbox, as they stand now, and the counts with them. */
export type InboxBatch = FollowInboxSubscription["sessionAttentionChanged"];

/** An event of a run. Tell the types by `__typename`. */
export type RunEvent = RunBatch["events"][number];

/** What may be said of a run to follow. */
export type FollowRunOptions = FollowOptions & Omit<FollowRunSubscriptionVariables, "runId">;

/** What may be said of a session to follow. */
export type FollowSessionOptions = FollowOptions & Omit<FollowSessionSubscriptionVariables, "session">;

/** What may be said of an inbox to follow. */
export type FollowInboxOptions = FollowOptions & FollowInboxSubscriptionVariables;

/**
 * Calls the service, and follows it. What is followed outlives its socket: where that or the service is lost it comes
 * back after 100 ms doubling to 5 s (of which a random half is left out) and resumes after the last batch that was handed
 * out, so that nothing is left out and nothing comes twice. It does so until the loop is left, the signal is aborted, or
 * what is followed has ended; what would fail again the same way is thrown as a GraphRequestError. Up to 100 followers share
 * a socket, which is open while there are any on it; a further one is opened for each 100 more. A slow consumer is sent no more
 * than 8 batches ahead.
 */
export interface Client extends GraphClient {
  /** The events of a run from the beginning, or after a cursor; ends with the run. */
  followRun(runId: string, options?: FollowRunOptions): AsyncIterable<RunBatch>;
  /** The events of all runs of a session from the beginning, or after a cursor. Has no end of its own. */
  followSession(
    session: FollowSessionSubscriptionVariables["session"],
    options?: FollowSessionOptions,
  ): AsyncIterable<SessionBatch>;
  /** What changes in a reader's inbox from now on, or after a cursor. Has no end of its own. */
  followInbox(options?: FollowInboxOptions): AsyncIterable<InboxBatch>;
  /** Begins to show a text while it is being made, to who follows with `deltas: true`. For who holds the run by its lease. */
  writeDeltas(target: DeltaTarget, options?: WriteDeltasOptions): DeltaWriter;
  /** Any subscription: the data of each answer. */
  follow<Result, Variables extends object>(
    document: OperationText<Result, Variables>,
    variables: Variables,
    cursorOf: CursorOf<Result, Variables>,
    options?: FollowOptions,
  ): AsyncIterable<Result>;
}

/** Creates a client; opens nothing yet. Throws for a URL that cannot be one. */
export function createClient({ webSocket, pingMs = 10_000, ...options }: ClientOptions): Client {
  const { url, token, timeoutMs = 30_000 } = options;
  const transport = createTransport(options);
  const target = checkUrl(url);
  const sockets = new Places(() => new Socket({ url: target, token, webSocket, timeoutMs, pingMs }));

  /** Follows one of the fields that have a cursor. */
  const followField = <Result, Variables, Batch extends { cursor: string }>(
    document: OperationText<Result, Variables>,
    given: Variables & FollowOptions,
    batchOf: (result: Result) => Batch,
  ): AsyncIterable<Batch> => {
    const { signal, onRetry, ...variables } = given;
    const cursorOf = ({ cursor }: Batch): string => cursor;
    const query = document.toString();
    return follow(sockets, { query, variables, batchOf, cursorOf }, { signal, onRetry });
  };

  return {
    ...transport,
    followRun: (runId, options) =>
      followField(followRunDocument, { ...options, runId }, ({ runEvents }) => runEvents),
    followSession: (session, options) =>
      followField(followSessionDocument, { ...options, session }, ({ sessionEvents }) => sessionEvents),
    followInbox: (options) =>
      followField(
        followInboxDocument,
        { ...options },
        ({ sessionAttentionChanged }) => sessionAttentionChanged,
      ),
    writeDeltas: (target, options) => createDeltaWriter(transport, target, options),
    follow: <Result, Variables extends object>(
      document: OperationText<Result, Variables>,
      variables: Variables,
      cursorOf: CursorOf<Result, Variables>,
      options: FollowOptions = {},
    ) => {
      const batchOf = (data: Result): Result => data;
      return follow(sockets, { query: document.toString(), variables, batchOf, cursorOf }, options);
    },
  };
}
