import type { JsonObject } from "../domain/json-value.js";
import { readOnlineProfiles } from "../store/runner.js";
import type { TenantClient } from "../store/statement.js";

/** A backend profile as the operator has configured it. */
export interface ConfiguredBackend {
  profile: string;
  capabilities: JsonObject;
}

/**
 * Lists the configured profiles and those that online runners serve, by name. Each is available while such a runner is
 * online.
 */
export async function readBackends(
  client: TenantClient,
  configured: readonly ConfiguredBackend[],
): Promise<{ profile: string; available: boolean; capabilities: JsonObject }[]> {
  const online = new Set(await readOnlineProfiles(client));
  const capabilities = new Map(configured.map((backend) => [backend.profile, backend.capabilities]));
  return [...new Set([...capabilities.keys(), ...online])].toSorted().map((profile) => ({
    profile,
    available: online.has(profile),
    capabilities: capabilities.get(profile) ?? {},
  }));
}
