import { notFound } from "../domain/errors.js";
import type { Instant } from "../domain/instant.js";
import { runnerSource } from "../store/runner.js";
import { builder } from "./builder.js";
import { readsOne } from "./compiled/reads.js";
import { loadRunner } from "./reading/loads.js";
import { Runner } from "./runner.js";

/** What a run's row says of the runner that holds it. */
interface Lease {
  runnerId: string;
  attempt: number;
  claimedAt: Instant;
  heartbeatAt: Instant;
  leaseExpiresAt: Instant;
  leaseExpired: boolean;
}

export const RunLease = builder.objectRef<Lease>("RunLease").implement({
  description: "A runner's hold on a run: until it expires, no other runner can claim the run.",
  fields: (t) => ({
    runner: t.field({
      type: Runner,
      description: "The runner that holds the run, or held it last.",
      resolve: async ({ runnerId }, _args, context) => {
        const runner = await loadRunner(context, runnerId);
        if (!runner) throw notFound("runner", runnerId);
        return runner;
      },
      extensions: readsOne("runnerId", runnerSource),
    }),
    attempt: t.exposeInt("attempt", {
      description:
        "How often the run has been claimed. A holder that claims again before its lease expires is not counted again.",
    }),
    claimedAt: t.expose("claimedAt", {
      type: "DateTime",
      description: "When this holder first claimed the run, in the current attempt.",
    }),
    heartbeatAt: t.expose("heartbeatAt", {
      type: "DateTime",
      description: "When the holder last claimed the run or sent a heartbeat for it.",
    }),
    expiresAt: t.expose("leaseExpiresAt", {
      type: "DateTime",
      description: "When the lease expires, unless a heartbeat comes before.",
    }),
    expired: t.exposeBoolean("leaseExpired", {
      description: "True once expiresAt has passed, by the database's clock.",
    }),
  }),
});
