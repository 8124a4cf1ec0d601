import { readBackends } from "../actions/backends.js";
import type { JsonObject } from "../domain/json-value.js";
import { builder } from "./builder.js";

const BackendAvailability = builder.enumType("BackendAvailability", {
  description: "Whether runs of a backend profile can be worked on now.",
  values: {
    AVAILABLE: { description: "At least one runner that serves the profile is online." },
    UNAVAILABLE: { description: "No runner that serves the profile is online." },
  } as const,
});

const Backend = builder
  .objectRef<{ profile: string; available: boolean; capabilities: JsonObject }>("Backend")
  .implement({
    description: "A backend profile: a kind of agent that runs can use.",
    fields: (t) => ({
      profile: t.exposeString("profile", {
        description: "The profile's name, as runs and runners give it in backendProfile and backendProfiles.",
      }),
      availability: t.field({
        type: BackendAvailability,
        description: "Whether runs of this profile can be worked on now.",
        resolve: ({ available }) => (available ? "AVAILABLE" : "UNAVAILABLE"),
      }),
      capabilities: t.expose("capabilities", {
        type: "JSON",
        description:
          "What the backend can do, a JSON object as configured in BACKENDS. It is empty if nothing is configured.",
      }),
    }),
  });

builder.queryFields((t) => ({
  backends: t.field({
    type: [Backend],
    description:
      "The backend profiles that are configured or served by a runner that is online, sorted by name.",
    resolve: (_root, _args, { store, environment }) => readBackends(store, environment.backends),
  }),
}));
