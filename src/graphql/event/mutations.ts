import { type AppendedEvents, appendEvents } from "../../actions/append-events.js";
import { maxBatchEvents } from "../../domain/event.js";
import { occurredAtBound } from "../../domain/occurrence.js";
import { builder } from "../builder.js";
import { RunEventType } from "../enums/event.js";
import { RunEvent } from "./event.js";

const RunEventInput = builder.inputType("RunEventInput", {
  description: "An event to store.",
  fields: (t) => ({
    type: t.field({ type: RunEventType, required: true, description: "What the event tells." }),
    payload: t.field({
      type: "JSON",
      required: true,
      description:
        "A JSON object with the fields of the event's type: `text`, `name`, `diff`, `message`, `prompt`, `entries`, `inputTokens`, `phase` and so on. BAD_USER_INPUT if a required field is missing or has the wrong type. Enum values are written in lower case with hyphens. Other keys are kept as they are. Secrets are redacted before the event is stored.",
    }),
    occurredAt: t.field({
      type: "DateTime",
      description: `When it happened, if that was not now. ${occurredAtBound}`,
    }),
  }),
});

const AppendEventsInput = builder.inputType("AppendEventsInput", {
  description: "Events to store in one run. They are stored together or not at all.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run's id." }),
    events: t.field({
      type: [RunEventInput],
      required: true,
      description: `The events in their order: 1 to ${maxBatchEvents} of them.`,
    }),
    leaseToken: t.string({
      description:
        "The token of the run's lease. It is needed while a runner holds the run, unless the caller has the scope operator.",
    }),
    idempotencyKey: t.string({
      description:
        "A key of 1 to 200 characters that makes it safe to send the call again. If events were stored in the run with this key before, those are given and nothing is stored; IDEMPOTENCY_KEY_REUSED if other events are sent. Default: no key, and each call stores its events.",
    }),
  }),
});

const AppendEventsPayload = builder.objectRef<AppendedEvents>("AppendEventsPayload").implement({
  description: "The result of appendEvents.",
  fields: (t) => ({
    events: t.field({
      type: [RunEvent],
      description: "The events as they are stored, in their order.",
      resolve: ({ events }) => events(),
    }),
    lastSeq: t.exposeInt("lastSeq", { description: "The seq of the last of these events." }),
    replayed: t.exposeBoolean("replayed", {
      description:
        "True if the events had been stored by an earlier call with the same idempotencyKey, and this call stored nothing.",
    }),
  }),
});

builder.mutationFields((t) => ({
  appendEvents: t.field({
    type: AppendEventsPayload,
    description:
      "Stores events at the end of a run's log. Needs the scope runner. NOT_FOUND if there is no such run, ALREADY_TERMINAL if it has ended, RUNNER_LEASE_CONFLICT if the lease token is needed but missing, or not valid.",
    args: {
      input: t.arg({
        type: AppendEventsInput,
        required: true,
        description: "The events, and the run that they belong to.",
      }),
    },
    resolve: (_root, { input }, context) => appendEvents(context, input),
  }),
}));
