import { type Scope, type Viewer, mayDo, requireScope } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";
import type { TenantStore } from "../store/store.js";

/** The caller of an action: who it is, and the data of its tenant, which is all that it may touch. */
export interface Caller {
  readonly viewer: Viewer;
  readonly store: TenantStore;
}

/**
 * Throws FORBIDDEN unless the caller is a reader or a runner: people and programs that work for agents may ask for
 * work.
 */
export function requireReaderOrRunner({ viewer }: Caller): void {
  const scope: Scope = mayDo(viewer, "runner") ? "runner" : "reader";
  requireScope(viewer, scope);
}

/** Throws TENANT_POLICY_DENIED if a tenant is named that is not the caller's own. */
export function requireOwnTenant(
  { store }: Caller,
  tenantId: string | null | undefined,
  field: string,
): void {
  if (tenantId === null || tenantId === undefined || tenantId === store.tenantId) return;
  throw new AgentRunError(`${field} must be left out or name the caller's own tenant`, {
    code: "TENANT_POLICY_DENIED",
    failureKind: "TENANT_POLICY_DENIED",
    details: { field, valuesPrinted: false },
  });
}
