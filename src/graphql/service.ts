import { readBackends } from "../actions/backends.js";
import { type Health as HealthState, readHealth } from "../store/health.js";
import { scopes } from "../auth/viewer.js";
import type { JsonObject } from "../domain/json.js";
import { builder } from "./builder.js";
import { FailureKind } from "./enums.js";
import type { Viewer as ViewerState } from "../auth/viewer.js";

const Viewer = builder.objectRef<ViewerState>("Viewer").implement({
  description: "Who calls.",
  fields: (t) => ({
    readerId: t.exposeString("readerId", {
      nullable: true,
      description: "Whose reading is kept; null where the token names nobody.",
    }),
    tenantId: t.exposeString("tenantId", {
      description: "The tenant whose rows the caller sees and writes.",
    }),
    scopes: t.stringList({
      description: "What the caller may do: reader, runner, operator. An operator has all three.",
      resolve: (viewer) => scopes.filter((scope) => viewer.scopes.has(scope)),
    }),
  }),
});

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
    credentialValuesPrinted: t.exposeBoolean("credentialValuesPrinted", {
      description: "Always false: no message holds a credential's value.",
    }),
  }),
});

const BackendAvailability = builder.enumType("BackendAvailability", {
  description: "Whether a backend profile can be used now.",
  values: {
    AVAILABLE: { description: "A runner that serves it was heard from within its lease." },
    UNAVAILABLE: { description: "No runner that serves it is online." },
  } as const,
});

const Backend = builder
  .objectRef<{ profile: string; available: boolean; capabilities: JsonObject }>("Backend")
  .implement({
    description: "A kind of agent that runs can use.",
    fields: (t) => ({
      profile: t.exposeString("profile", { description: "Its name, as runs and runners say it." }),
      availability: t.field({
        type: BackendAvailability,
        description: "Whether it can be used now.",
        resolve: ({ available }) => (available ? "AVAILABLE" : "UNAVAILABLE"),
      }),
      capabilities: t.expose("capabilities", {
        type: "JSON",
        description:
          "What it can do, as the operator has configured it; an empty object where nothing is said.",
      }),
    }),
  });

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    description: "Who calls. Any valid token may ask.",
    skipTypeScopes: true,
    resolve: (_root, _args, { viewer }) => viewer,
  }),
  health: t.field({
    type: Health,
    description: "Whether the service can work. Any valid token may ask.",
    skipTypeScopes: true,
    resolve: (_root, _args, { store }) => readHealth(store.pool),
  }),
  backends: t.field({
    type: [Backend],
    description: "The configured backend profiles and those of the runners that are online, by name.",
    resolve: (_root, _args, { store, environment }) => readBackends(store, environment.backends),
  }),
}));
