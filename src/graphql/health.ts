import { type Health as HealthState, readHealth } from "../store/health.js";
import { builder } from "./builder.js";
import { FailureKind } from "./enums.js";

const Health = builder.objectRef<HealthState>("Health").implement({
  description: "Whether the service can work.",
  fields: (t) => ({
    adapter: t.exposeString("adapter", { description: "What stores the data: postgres." }),
    ready: t.exposeBoolean("ready", { description: "True where the database answers and is migrated." }),
    reachable: t.exposeBoolean("reachable", { description: "True where the database answers." }),
    migrationReady: t.exposeBoolean("migrationReady", {
      description: "True where every migration is applied.",
    }),
    migrationId: t.exposeString("migrationId", {
      nullable: true,
      description: "The newest migration that is applied.",
    }),
    failureKind: t.expose("failureKind", {
      type: FailureKind,
      nullable: true,
      description: "Why it is not ready; null where it is.",
    }),
    message: t.exposeString("message", { nullable: true, description: "The same in words." }),
    busReady: t.boolean({
      description:
        "True while wake-ups pass between this node and the others; otherwise followers learn of other nodes' writes up to 5 seconds late. It says nothing about `ready`.",
      resolve: (_health, _args, { environment }) => environment.bus.state.ready,
    }),
    busFailures: t.int({
      description:
        "How often this node has lost the bus of wake-ups since its start, or could not have it at its start; tries to get it back are not counted.",
      resolve: (_health, _args, { environment }) => environment.bus.state.failures,
    }),
    credentialValuesPrinted: t.exposeBoolean("credentialValuesPrinted", {
      description: "Always false: no message holds a credential's value.",
    }),
  }),
});

builder.queryFields((t) => ({
  health: t.field({
    type: Health,
    description: "Whether the service can work. Any valid token may ask.",
    skipTypeScopes: true,
    resolve: (_root, _args, { store }) => readHealth(store.pool),
  }),
}));
