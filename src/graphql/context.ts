import type { ConfiguredBackend } from "../actions/backends.js";
import type { Caller } from "../actions/caller.js";
import type { Viewer } from "../auth/viewer.js";
import type { Bus } from "../realtime/bus.js";
import type { Hub } from "../realtime/hub.js";
import { BoundedClient, type ReadBound } from "../store/bounded-client.js";
import type { Health } from "../store/health.js";
import type { Store } from "../store/store.js";
import type { Limits } from "./engine/limits.js";
import type { KeptCounts } from "./inbox/kept-counts.js";
import { Batches } from "./reading/batches.js";

/** What all operations share. */
export interface GraphEnvironment {
  store: Store;
  hub: Hub;
  bus: Pick<Bus, "state">;
  backends: readonly ConfiguredBackend[];
  limits: Limits;
  /** How much one answer, or one batch of a subscription, reads at most. */
  readBound: ReadBound;
  /** What followers of inboxes share. */
  counts: KeptCounts;
  /** How many sessions of a list one transaction marks as read. */
  marksAtOnce: number;
  /** How long followers wait for a wake-up before their log is read all the same, in milliseconds. */
  pollMs: number;
  /** Whether the service can work. */
  health: () => Promise<Health>;
}

/** What the resolvers of one operation share. */
export interface GraphContext extends Caller {
  readonly environment: GraphEnvironment;
  readonly batches: Batches;
  /** The cursor after which a broken event stream resumes; null if the stream is new or comes over a WebSocket. */
  readonly lastEventId: string | null;
}

/** Creates the context of one operation. Its store reads and writes the viewer's tenant alone. */
export function createContext(
  environment: GraphEnvironment,
  viewer: Viewer,
  lastEventId: string | null,
): GraphContext {
  const store = environment.store.tenant(viewer.tenantId);
  const batches = new Batches(new BoundedClient(store, environment.readBound));
  return { environment, viewer, store, batches, lastEventId };
}
