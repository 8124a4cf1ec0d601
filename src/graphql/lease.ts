import { notFound } from "../domain/errors.js";
import type { Instant } from "../domain/instant.js";
import { builder } from "./builder.js";
import { loadRunner } from "./reading/loads.js";
import { Runner } from "./runner.js";

/** What a run's row says of who holds it. */
interface Lease {
  runnerId: string;
  attempt: number;
  claimedAt: Instant;
  heartbeatAt: Instant;
  leaseExpiresAt: Instant;
  leaseExpired: boolean;
}

export const RunLease = builder.objectRef<Lease>("RunLease").implement({
  description: "A runner's hold on a run.",
  fields: (t) => ({
    runner: t.field({
      type: Runner,
      description: "Who holds it.",
      resolve: async ({ runnerId }, _args, context) => {
        const runner = await loadRunner(context, runnerId);
        if (!runner) throw notFound("runner", runnerId);
        return runner;
      },
    }),
    attempt: t.exposeInt("attempt", { description: "How often the run has been claimed by a new holder." }),
    claimedAt: t.expose("claimedAt", { type: "DateTime", description: "When this holder's attempt began." }),
    heartbeatAt: t.expose("heartbeatAt", {
      type: "DateTime",
      description: "When the holder was last heard from.",
    }),
    expiresAt: t.expose("leaseExpiresAt", {
      type: "DateTime",
      description: "When the lease ends unless a heartbeat comes before.",
    }),
    expired: t.exposeBoolean("leaseExpired", {
      description: "True once expiresAt has passed, by the database's clock.",
    }),
  }),
});
