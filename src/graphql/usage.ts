import { type Usage as Used, usageOfRow } from "../domain/usage.js";
import { builder } from "./builder.js";
import { Run } from "./run/run.js";
import { Session } from "./session.js";

export const Usage = builder.objectRef<Used>("Usage").implement({
  description:
    "What was used of models. Where it is a sum, it is exact, and stays at 2^53 - 1 once it has come to that.",
  fields: (t) => ({
    inputTokens: t.expose("inputTokens", {
      type: "SafeInt",
      description: "Tokens that models read, those read from and written to a cache included.",
    }),
    cacheReadTokens: t.expose("cacheReadTokens", {
      type: "SafeInt",
      description: "Tokens of the input that came from a cache.",
    }),
    cacheWriteTokens: t.expose("cacheWriteTokens", {
      type: "SafeInt",
      description: "Tokens of the input that were written to a cache.",
    }),
    outputTokens: t.expose("outputTokens", {
      type: "SafeInt",
      description: "Tokens that models wrote, those of their reasoning included.",
    }),
    reasoningTokens: t.expose("reasoningTokens", {
      type: "SafeInt",
      description: "Tokens of the output that were reasoning.",
    }),
    requests: t.expose("requests", { type: "SafeInt", description: "How many times a model was asked." }),
    costMicros: t.expose("costMicros", {
      type: "SafeInt",
      description: "What it cost, in millionths of a US dollar, as far as the cost was told.",
    }),
    isPriced: t.boolean({
      description: "False if something was used without a cost being told: then costMicros is a lower bound.",
      resolve: ({ unpriced }) => unpriced === 0,
    }),
  }),
});

builder.objectFields(Run, (t) => ({
  usage: t.field({
    type: Usage,
    description: "What the run has used: the sum of its USAGE events.",
    resolve: ({ usage }) => usageOfRow(usage),
  }),
  model: t.exposeString("model", {
    nullable: true,
    description:
      "The model that an assistant message or a USAGE event of the run named last; null before the first that named one.",
  }),
}));

builder.objectField(Session, "usage", (t) =>
  t.field({
    type: Usage,
    description: "What the session has used: the sum of the USAGE events of all its runs.",
    resolve: ({ usage }) => usageOfRow(usage),
  }),
);
