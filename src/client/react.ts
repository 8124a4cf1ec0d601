/*
 * The stores as hooks: `agentrun-graph/client/react`. Components that ask for the same share one store, which is made when the first of them
 * renders and closed a moment after the last is gone. Options are compared by value, so that they may be written in place.
 */
import {
  type ReactNode,
  createContext,
  createElement,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from "react";
import type { SessionRef } from "../generated/client/graphql.js";
import { type SharedStore, shareStore } from "./react-stores.js";
import { type CountsOptions, type CountsSnapshot, createCounts } from "./stores/counts.js";
import { type Inbox, type InboxOptions, type InboxSnapshot, createInbox } from "./stores/inbox.js";
import type { MarkFunctions } from "./stores/mark-functions.js";
import {
  type Requests,
  type RequestsOptions,
  type RequestsSnapshot,
  createRequests,
} from "./stores/requests.js";
import { type SessionOptions, type SessionSnapshot, createSession } from "./stores/session.js";
import type { Store, StoreClient, StoreState } from "./stores/store.js";
import {
  type Timeline,
  type TimelineOptions,
  type TimelineSnapshot,
  createTimeline,
} from "./stores/timeline.js";

/** Which client a hook uses. */
export interface ClientOption {
  /** Default: that of the AgentRunProvider above. */
  client?: StoreClient;
}

/** What a store can do, without what the hook does itself. */
type Functions<AnyStore> = Omit<AnyStore, "getSnapshot" | "subscribe" | "close">;

type SnapshotOf<Own extends Store<StoreState>> = ReturnType<Own["getSnapshot"]>;

const Context = createContext<StoreClient | undefined>(undefined);

/** Gives the components below a client. */
export function AgentRunProvider(props: { client: StoreClient; children?: ReactNode }): ReactNode {
  return createElement(Context.Provider, { value: props.client }, props.children);
}

/** The client of the AgentRunProvider above. Throws where there is none. */
export function useAgentRunClient(): StoreClient {
  return useClient(undefined);
}

/** A reader's inbox: what it shows, and what can be done to it. */
export function useInbox({ client, ...options }: InboxOptions & ClientOption = {}): InboxSnapshot &
  Functions<Inbox> {
  return useStore(client, "inbox", options, createInbox);
}

/** The counts of a reader's inbox. */
export function useCounts({ client, ...options }: CountsOptions & ClientOption = {}): CountsSnapshot &
  Functions<Store<CountsSnapshot>> {
  return useStore(client, "counts", options, createCounts);
}

/** What agents ask of people: by default all that is open in the tenant. */
export function useInputRequests({
  client,
  ...options
}: RequestsOptions & ClientOption = {}): RequestsSnapshot & Functions<Requests> {
  return useStore(client, "requests", options, createRequests);
}

/** One session, as an inbox shows it. */
export function useSession(
  session: SessionRef,
  { client, ...options }: SessionOptions & ClientOption = {},
): SessionSnapshot & Functions<Store<SessionSnapshot>> & MarkFunctions {
  return useStore(client, "session", { session, ...options }, (own, { session: ref, ...rest }) =>
    createSession(own, ref, rest),
  );
}

/** The timeline of a session. It counts as seen while the page is visible, unless `readWhileOpen` is false. */
export function useTimeline(
  session: SessionRef,
  { client, ...options }: TimelineOptions & ClientOption = {},
): TimelineSnapshot & Functions<Timeline> {
  const timeline = useStore(client, "timeline", { session, ...options }, (own, { session: ref, ...rest }) =>
    createTimeline(own, ref, rest),
  );
  const { setVisible } = timeline;
  useEffect(() => {
    const page = (globalThis as { document?: VisiblePage }).document;
    if (!page) return undefined;
    const look = () => setVisible(page.visibilityState !== "hidden");
    look();
    page.addEventListener("visibilitychange", look);
    return () => page.removeEventListener("visibilitychange", look);
  }, [setVisible]);
  return timeline;
}

/** What is used of a browser's document. */
interface VisiblePage {
  readonly visibilityState: string;
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

function useClient(given: StoreClient | undefined): StoreClient {
  const above = useContext(Context);
  const client = given ?? above;
  if (client) return client;
  throw new Error(
    "there is no client: put the component below an AgentRunProvider, or give the hook a `client`",
  );
}

function useStore<Options extends object, Own extends Store<StoreState>>(
  given: StoreClient | undefined,
  kind: string,
  options: Options,
  create: (client: StoreClient, options: Options) => Own,
): SnapshotOf<Own> & Functions<Own> {
  const client = useClient(given);
  const shared: SharedStore<Own> = shareStore(client, `${kind} ${JSON.stringify(options)}`, () =>
    create(client, options),
  );
  useEffect(() => shared.hold(), [shared]);
  const { store } = shared;
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  return useMemo(() => {
    const { getSnapshot: _get, subscribe: _subscribe, close: _close, ...functions } = store;
    return { ...functions, ...(snapshot as SnapshotOf<Own>) };
  }, [store, snapshot]);
}
