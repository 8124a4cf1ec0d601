import { notFound } from "../../domain/errors.js";
import { runEventTypes } from "../../domain/event.js";
import { happenedAt, textIn } from "../../store/event.js";
import type { RunEventRow } from "../../store/row.js";
import { runSource } from "../../store/run.js";
import { builder } from "../builder.js";
import { readsOne, readsValue, tellsKinds } from "../compiled/reads.js";
import { RunEventType } from "../enums/event.js";
import { Node, eventTypename } from "../node.js";
import { loadRun } from "../reading/loads.js";
import { Run } from "../run/run.js";

export const RunEvent = builder.interfaceRef<RunEventRow>("RunEvent").implement({
  description: "Something that happened in a run. Each type of event is an object type of its own.",
  interfaces: [Node],
  resolveType: ({ type }) => eventTypename(type),
  extensions: tellsKinds({
    field: "type",
    typenames: Object.fromEntries(runEventTypes.map((type) => [type, eventTypename(type)])),
  }),
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run that the event happened in.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
      extensions: readsOne("runId", runSource),
    }),
    seq: t.exposeInt("seq", {
      description: "The event's number in its run. Numbers begin at 1 and have no gaps.",
    }),
    sessionSeq: t.expose("sessionSeq", {
      type: "SafeInt",
      nullable: true,
      description:
        "The event's number in its session, over all its runs. Numbers begin at 1 and have no gaps. Null if the run has no session.",
    }),
    type: t.expose("type", { type: RunEventType, description: "What the event tells." }),
    payload: t.expose("payload", {
      type: "JSON",
      description:
        "The event's content as it is stored: a JSON object, with secrets redacted and enum values in lower case with hyphens.",
    }),
    redactionCount: t.exposeInt("redactionCount", {
      description: "How many secrets were taken out of the payload before it was stored.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the event was stored." }),
    occurredAt: t.field({
      type: "DateTime",
      description:
        "When it happened, as its writer said; when it was stored if nothing was said. Events are ordered by seq alone.",
      resolve: ({ occurredAt, createdAt }) => occurredAt ?? createdAt,
      extensions: readsValue(happenedAt),
    }),
    streamId: t.string({
      nullable: true,
      description:
        "The stream of deltas that the event ends, of which it is the whole: the payload's `streamId`. Null if it has none.",
      resolve: ({ payload: { streamId } }) => (typeof streamId === "string" ? streamId : null),
      extensions: readsValue(textIn("streamId")),
    }),
  }),
});
