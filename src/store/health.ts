import type pg from "pg";
import { migrationStatus } from "../database/migration/status.js";
import type { FailureKind } from "../domain/failure.js";
import { isDatabaseGone } from "./database-error.js";

/** Whether the service can work, and why it cannot. */
export interface Health {
  adapter: "postgres";
  ready: boolean;
  reachable: boolean;
  migrationReady: boolean;
  migrationId: string | null;
  failureKind: FailureKind | null;
  message: string | null;
  credentialValuesPrinted: false;
}

/**
 * Asks the database whether it answers and is migrated. It never throws: an error becomes a health that is not ready.
 */
export async function readHealth(pool: pg.Pool): Promise<Health> {
  try {
    const { ready, migrationId } = await migrationStatus(pool);
    const message = ready ? null : "migrations are missing: start the service, or run agentrun-graph migrate";
    return health({ reachable: true, migrationReady: ready, migrationId, message });
  } catch (error) {
    const message = isDatabaseGone(error)
      ? "the database does not answer"
      : "the database answers with an error";
    return health({ reachable: !isDatabaseGone(error), migrationReady: false, migrationId: null, message });
  }
}

function health(found: Pick<Health, "reachable" | "migrationReady" | "migrationId" | "message">): Health {
  const ready = found.reachable && found.migrationReady;
  return {
    ...found,
    adapter: "postgres",
    ready,
    failureKind: ready ? null : "INFRA_FAILED",
    credentialValuesPrinted: false,
  };
}
