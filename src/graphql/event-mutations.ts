import { type AppendedEvents, appendEvents } from "../actions/append-events.js";
import { maxBatchEvents } from "../domain/event.js";
import { builder } from "./builder.js";
import { RunEventType } from "./enums.js";
import { RunEvent } from "./event.js";

const RunEventInput = builder.inputType("RunEventInput", {
  description: "A new event.",
  fields: (t) => ({
    type: t.field({ type: RunEventType, required: true, description: "What it tells." }),
    payload: t.field({
      type: "JSON",
      required: true,
      description:
        "A JSON object with the fields of the event's type (text, name, diff, message, prompt, terminalStatus, phase and so on); other keys are kept as they are.",
    }),
  }),
});

const AppendEventsInput = builder.inputType("AppendEventsInput", {
  description: "New events of one run, stored together or not at all.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    events: t.field({
      type: [RunEventInput],
      required: true,
      description: `The events in their order, 1 to ${maxBatchEvents}.`,
    }),
    leaseToken: t.string({ description: "The token of the run's lease; needed while the run is claimed." }),
    idempotencyKey: t.string({
      description: "The same key and events in this run gives what was stored before. Default: no check.",
    }),
  }),
});

const AppendEventsPayload = builder.objectRef<AppendedEvents>("AppendEventsPayload").implement({
  description: "What appendEvents did.",
  fields: (t) => ({
    events: t.expose("events", { type: [RunEvent], description: "The events as they are stored." }),
    lastSeq: t.exposeInt("lastSeq", { description: "The seq of the last of them." }),
    replayed: t.exposeBoolean("replayed", {
      description: "True where the key was used before and nothing was stored.",
    }),
  }),
});

builder.mutationFields((t) => ({
  appendEvents: t.field({
    type: AppendEventsPayload,
    description:
      "Adds events to a run. Needs the scope runner, and the lease token while the run is claimed (RUNNER_LEASE_CONFLICT without). ALREADY_TERMINAL for an ended run.",
    args: { input: t.arg({ type: AppendEventsInput, required: true, description: "The events." }) },
    resolve: (_root, { input }, context) => appendEvents(context, input),
  }),
}));
