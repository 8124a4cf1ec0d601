/*
 * The client for other programs, in Node and in browsers: `agentrun-graph/client`, and a package of its own, `@agentrun-graph/client`. All that
 * they need is exported here.
 */
export {
  createClient,
  type Client,
  type ClientOptions,
  type FollowInboxOptions,
  type FollowRunOptions,
  type FollowSessionOptions,
  type InboxBatch,
  type RunBatch,
  type RunEvent,
  type SessionBatch,
} from "./create-client.js";
export type { DeltaTarget, DeltaWriter, WriteDeltasOptions } from "./delta-writer.js";
export { DeltaTexts, type DeltaSource } from "./delta-texts.js";
export type { CursorOf, FollowOptions } from "./follow.js";
export { GraphRequestError } from "./graph-request-error.js";
export type { OperationText } from "./operation.js";
export type { TokenSource } from "./token.js";
export type { GraphClient, TransportOptions } from "./transport.js";
export type { WebSocketClass } from "./web-socket.js";

export type { Store, StoreClient, StoreState, StoreStatus } from "./stores/store.js";
export { createInbox, type Inbox, type InboxOptions, type InboxSnapshot } from "./stores/inbox.js";
export { compareSessions, type InboxSession } from "./stores/inbox-list.js";
export type { InboxCounts } from "./stores/shown-counts.js";
export { createCounts, type CountsOptions, type CountsSnapshot } from "./stores/counts.js";
export {
  createRequests,
  type Requests,
  type RequestsOptions,
  type RequestsSnapshot,
} from "./stores/requests.js";
export type { AnsweredRequest, InputRequest, RequestAnswer } from "./stores/answers.js";
export { createSession, type SessionOptions, type SessionSnapshot } from "./stores/session.js";
export {
  createTimeline,
  type Timeline,
  type TimelineOptions,
  type TimelineSnapshot,
} from "./stores/timeline.js";
export type { DraftEntry, EventEntry, RequestEntry, TimelineEntry } from "./stores/timeline-entries.js";
export type { TimelineEvent } from "./stores/timeline-event.js";
export type { ToolEntry } from "./stores/tool-entry.js";
export type { Entries } from "./stores/entries.js";
export type { Ids, MarkFunctions } from "./stores/mark-functions.js";
export type { RefusedMark, SessionEdit } from "./stores/mark.js";
export type { MarkOptions } from "./stores/mark-under-way.js";
export type { MarkResult } from "./stores/marks.js";
export type {
  InputRequestFilter,
  RunEventType,
  SessionFilter,
  SessionRef,
} from "../generated/client/graphql.js";

export {
  createResumingClient,
  type ResumingClient,
  type ResumingClientOptions,
} from "./graphql-ws/resuming-client.js";

export { createRunner, type Runner, type RunnerOptions } from "./runner/runner.js";
export type { ClaimedRun, Draft, HeldRun } from "./runner/held-run.js";
export type { Answer } from "./runner/questions.js";
export type { RunCommand } from "./runner/run-commands.js";
