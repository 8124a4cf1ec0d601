import { readBackends } from "../actions/backends.js";
import type { JsonObject } from "../domain/json-value.js";
import { builder } from "./builder.js";

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
  backends: t.field({
    type: [Backend],
    description: "The configured backend profiles and those of the runners that are online, by name.",
    resolve: (_root, _args, { store, environment }) => readBackends(store, environment.backends),
  }),
}));
