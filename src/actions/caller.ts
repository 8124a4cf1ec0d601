import { type Scope, type Viewer, mayDo, requireScope } from "../auth/viewer.js";
import type { TenantStore } from "../store/store.js";

/** Who calls an action, and the tenant's data that it may touch. */
export interface Caller {
  readonly viewer: Viewer;
  readonly store: TenantStore;
}

/** FORBIDDEN unless the caller is a person's app or a program that works for agents: either may ask for work. */
export function requireReaderOrRunner({ viewer }: Caller): void {
  const scope: Scope = mayDo(viewer, "runner") ? "runner" : "reader";
  requireScope(viewer, scope);
}
