import { sendDelta } from "../actions/send-delta.js";
import { deltaTypes, maxStreamBytes, maxStreams, silenceSeconds } from "../domain/delta.js";
import { notFound } from "../domain/errors.js";
import { builder } from "./builder.js";
import { RunEventType } from "./enums/event.js";
import type { Delta } from "./following/delta-views.js";
import { loadRun } from "./reading/loads.js";
import { Run } from "./run/run.js";

export const EventDelta = builder.objectRef<Delta>("EventDelta").implement({
  description:
    "A piece of an event in the making. It has no place in the log; the event with the same streamId ends it and is the truth. Secrets are taken out, and what could be the beginning of one comes only once it is told apart.",
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: "The run in which the event is made.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
    }),
    streamId: t.exposeString("streamId", {
      description: "The stream that the piece belongs to. It is one of its run.",
    }),
    type: t.expose("type", { type: RunEventType, description: "The type of the event that is made." }),
    offset: t.exposeInt("offset", {
      description:
        "How many code points of the stream's text came before, of those that followers get. If it is not how many have come, some were missed, and a reset follows once the subscription is resumed.",
    }),
    text: t.exposeString("text", { description: "What comes behind them." }),
    reset: t.exposeBoolean("reset", {
      description: "True: forget what came before of this stream, and begin with this.",
    }),
  }),
});

const SendDeltaInput = builder.inputType("SendDeltaInput", {
  description: "A piece of text that is being made, and the stream that it belongs to.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run's id." }),
    leaseToken: t.string({
      description:
        "The token of the run's lease. It is always needed: only who holds the run makes its events.",
    }),
    streamId: t.string({
      required: true,
      description: `The runner's own name of the stream, of 1 to 200 characters; the event that ends it has the same one in its payload. At most ${maxStreams} streams of a run are open at once, else CONFLICT.`,
    }),
    type: t.field({
      type: RunEventType,
      required: true,
      description: `The type of the event that is made: ${deltaTypes.join(", ")}.`,
    }),
    offset: t.int({
      required: true,
      description:
        "How many code points of the stream were sent before. 0 begins it anew. CONFLICT with details.length if the stream goes on elsewhere; where that is 0 it is not open.",
    }),
    text: t.string({
      required: true,
      description: `What comes behind them. All texts of a stream together have at most ${maxStreamBytes} bytes in UTF-8, else BAD_USER_INPUT. It may be cut anywhere: secrets are redacted as in the whole.`,
    }),
  }),
});

const SendDeltaPayload = builder.objectRef<{ length: number }>("SendDeltaPayload").implement({
  description: "The result of sendDelta.",
  fields: (t) => ({
    length: t.exposeInt("length", {
      description: "The next offset: how many code points of the stream were sent in all.",
    }),
  }),
});

builder.mutationFields((t) => ({
  sendDelta: t.field({
    type: SendDeltaPayload,
    description: `Shows a piece of an event in the making to who follows with \`deltas: true\`. It is no event: it has no seq, raises no version, and is kept only as long as its stream is open, which is until an event with the same streamId is stored, its run or the lease of its holder ends, or ${silenceSeconds} seconds pass without a delta. Needs the scope runner. NOT_FOUND if there is no such run, ALREADY_TERMINAL if it has ended, RUNNER_LEASE_CONFLICT if the lease token is missing or not valid.`,
    args: {
      input: t.arg({ type: SendDeltaInput, required: true, description: "The piece, and where it goes on." }),
    },
    resolve: (_root, { input }, context) => sendDelta(context, input),
  }),
}));
