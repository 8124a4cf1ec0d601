import type { Health as HealthState } from "../store/health.js";
import { builder } from "./builder.js";
import { FailureKind } from "./enums/failure.js";

const Health = builder.objectRef<HealthState>("Health").implement({
  description: "Whether the service can work.",
  fields: (t) => ({
    adapter: t.exposeString("adapter", { description: "What stores the data; always `postgres`." }),
    ready: t.exposeBoolean("ready", {
      description: "True if the database answers and all migrations are applied.",
    }),
    reachable: t.exposeBoolean("reachable", { description: "True if the database answers." }),
    migrationReady: t.exposeBoolean("migrationReady", {
      description: "True if every migration is applied to the database.",
    }),
    migrationId: t.exposeString("migrationId", {
      nullable: true,
      description:
        "The newest migration that is applied; null if none is, or if the database does not answer.",
    }),
    failureKind: t.expose("failureKind", {
      type: FailureKind,
      nullable: true,
      description: "Why the service is not ready; null if it is ready.",
    }),
    message: t.exposeString("message", {
      nullable: true,
      description: "Why the service is not ready, in words; null if it is ready.",
    }),
    busReady: t.boolean({
      description:
        "True while wake-ups pass between this node of the service and the others. If they do not, followers learn of other nodes' writes up to 5 seconds late. It has no influence on `ready`.",
      resolve: (_health, _args, { environment }) => environment.bus.state.ready,
    }),
    busFailures: t.int({
      description:
        "How often this node has lost its connection for wake-ups since its start, or could not open it at its start. Failed tries to open it again are not counted.",
      resolve: (_health, _args, { environment }) => environment.bus.state.failures,
    }),
    credentialValuesPrinted: t.exposeBoolean("credentialValuesPrinted", {
      description: "Always false, since no message contains a credential's value.",
    }),
  }),
});

builder.queryFields((t) => ({
  health: t.field({
    type: Health,
    description: "Whether the service can work. No scope is needed: any valid token may ask.",
    skipTypeScopes: true,
    resolve: (_root, _args, { environment }) => environment.health(),
  }),
}));
