import type { ConfiguredBackend } from "../actions/backends.js";
import type { Caller } from "../actions/caller.js";
import type { Viewer } from "../auth/viewer.js";
import type { Bus } from "../realtime/bus.js";
import type { Hub } from "../realtime/hub.js";
import type { Store } from "../store/store.js";
import { Batches } from "./reading/batches.js";

/** What every operation shares. */
export interface GraphEnvironment {
  store: Store;
  hub: Hub;
  bus: Pick<Bus, "state">;
  backends: readonly ConfiguredBackend[];
}

/** What the resolvers of one operation share. */
export interface GraphContext extends Caller {
  readonly environment: GraphEnvironment;
  readonly batches: Batches;
  /** The cursor after which a stream of events that broke is resumed; null where it is new or comes over a WebSocket. */
  readonly lastEventId: string | null;
}

/** Opens the context of one operation for the viewer, bound to the viewer's tenant. */
export function createContext(
  environment: GraphEnvironment,
  viewer: Viewer,
  lastEventId: string | null,
): GraphContext {
  const store = environment.store.tenant(viewer.tenantId);
  return { environment, viewer, store, batches: new Batches(), lastEventId };
}
