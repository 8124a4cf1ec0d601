import type { SessionAction as Action } from "../actions/session-action.js";
import {
  type BulkResult,
  type ItemResult,
  type UpdateSessionsInput as Input,
  maxTargets,
  updateSessions,
} from "../actions/update-sessions.js";
import { badUserInput } from "../domain/errors.js";
import { maxLabels } from "../domain/session-edit.js";
import { countInbox } from "../store/inbox/counts.js";
import { builder } from "./builder.js";
import { enumOf } from "./enums/enum-of.js";
import { ErrorCode } from "./enums/failure.js";
import { InboxCounts } from "./inbox/counts.js";
import { SessionFilter, filterDefault, readerArg, takeSessionFilter } from "./inbox/session-list.js";
import { everything } from "./inbox/session-payload.js";
import { loadSession } from "./reading/loads.js";
import { Session } from "./session.js";

const SessionsMatching = builder.inputType("SessionsMatching", {
  description: "The sessions of a list, in the order ATTENTION.",
  fields: (t) => ({
    filter: t.field({ type: SessionFilter, description: `Which sessions the list holds. ${filterDefault}` }),
    limit: t.int({ defaultValue: maxTargets, description: `At most so many, 1 to ${maxTargets}.` }),
  }),
});

const SessionTarget = builder.inputType("SessionTarget", {
  description: "Which sessions are meant, by exactly one of these two.",
  isOneOf: true,
  fields: (t) => ({
    ids: t.idList({ description: `Their ids, 1 to ${maxTargets}, none twice.` }),
    matching: t.field({ type: SessionsMatching, description: "Those of a list." }),
  }),
});

const SessionAction = builder.inputType("SessionAction", {
  description:
    "What is done to each session: exactly one of these. cancel, delete and unsnooze take true alone.",
  isOneOf: true,
  fields: (t) => ({
    read: t.boolean({ description: "true marks it as read at its newest version, false as unread." }),
    archive: t.boolean({ description: "true puts it into the reader's archive, false takes it out." }),
    pin: t.boolean({ description: "true pins it, false takes the pin away." }),
    snoozeUntil: t.field({ type: "DateTime", description: "Snoozes it until an instant that is to come." }),
    unsnooze: t.boolean({ description: "Ends its snooze." }),
    addLabels: t.stringList({ description: `Labels to add, as in updateSession: at most ${maxLabels}.` }),
    removeLabels: t.stringList({ description: "Labels to remove." }),
    cancel: t.boolean({ description: "Cancels its runs and those below it, as cancelSession does." }),
    delete: t.boolean({
      description:
        "Deletes it and all below it, as deleteSession does; one in which something works is refused.",
    }),
  }),
});

const UpdateSessionsInput = builder.inputType("UpdateSessionsInput", {
  description: "What to do to many sessions.",
  fields: (t) => ({
    target: t.field({ type: SessionTarget, required: true, description: "The sessions." }),
    action: t.field({ type: SessionAction, required: true, description: "What is done to each." }),
    dryRun: t.boolean({ defaultValue: false, description: "Says what would happen, and changes nothing." }),
    asOf: t.field({
      type: "SafeInt",
      description:
        "The changeVersion that the caller saw: a session that others have changed after it is refused with PRECONDITION_FAILED, but for one below another that this call cancels or deletes, with which it goes. It must be given with matching. Default: they are changed as they are.",
    }),
    readerId: t.string({ description: readerArg }),
  }),
});

const BulkOutcome = enumOf(
  "BulkOutcome",
  "What became of one of many sessions.",
  ["CHANGED", "UNCHANGED", "REFUSED"] as const,
  {
    CHANGED: "It was changed.",
    UNCHANGED: "It was so already.",
    REFUSED: "Nothing was done to it, for the reason that its error says.",
  },
);

const ItemError = builder.objectRef<NonNullable<ItemResult["error"]>>("ItemError").implement({
  description: "Why one of many things was refused.",
  fields: (t) => ({
    code: t.expose("code", {
      type: ErrorCode,
      description: "The code, as in `extensions.code` of an error.",
    }),
    message: t.exposeString("message", { description: "Why, in words." }),
  }),
});

const SessionResult = builder.objectRef<ItemResult>("SessionResult").implement({
  description: "What became of one session.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "The session's id." }),
    outcome: t.expose("outcome", { type: BulkOutcome, description: "Whether it was changed." }),
    session: t.field({
      type: Session,
      nullable: true,
      description: "The session as it is now; null if there is none, or none any more.",
      resolve: ({ id }, _args, context) => loadSession(context, id),
    }),
    error: t.expose("error", {
      type: ItemError,
      nullable: true,
      description: "Why it was refused; null if it was not.",
    }),
  }),
});

const countOf =
  (outcome: ItemResult["outcome"]) =>
  ({ results }: BulkResult) =>
    results.filter((each) => each.outcome === outcome).length;

const UpdateSessionsPayload = builder
  .objectRef<BulkResult & { dryRun: boolean }>("UpdateSessionsPayload")
  .implement({
    description: "The result of updateSessions.",
    fields: (t) => ({
      dryRun: t.exposeBoolean("dryRun", {
        description: "True if nothing was changed, since only a dry run was asked for.",
      }),
      matched: t.int({
        description: "How many sessions were meant.",
        resolve: ({ results }) => results.length,
      }),
      changed: t.int({ description: "How many were changed, or would be.", resolve: countOf("CHANGED") }),
      refused: t.int({ description: "How many were refused, or would be.", resolve: countOf("REFUSED") }),
      results: t.field({
        type: [SessionResult],
        description: "What became of each, in the order of ids, or else in the order ATTENTION.",
        resolve: ({ results }) => results,
      }),
      hasMore: t.exposeBoolean("hasMore", { description: "True if more match than limit." }),
      counts: t.field({
        type: InboxCounts,
        description: "How all sessions of the tenant stand with the reader now.",
        resolve: ({ readerId }, _args, { store }) => countInbox(store, everything, readerId),
      }),
    }),
  });

builder.mutationFields((t) => ({
  updateSessions: t.field({
    type: UpdateSessionsPayload,
    description:
      "Does one thing to many sessions. Marks and labels are saved together or not at all; cancelling and deleting goes session by session, from above down. A session that does not exist, has changed after asOf, or cannot be done so is refused for itself. Marks need the scope reader and a reader, labels and cancel the scope reader or runner, delete the scope operator.",
    args: {
      input: t.arg({
        type: UpdateSessionsInput,
        required: true,
        description: "The sessions, and what is done.",
      }),
    },
    complexity: { field: 1, multiplier: 1 },
    resolve: async (_root, { input }, context) => {
      const { ids, matching } = input.target;
      if (!ids && !matching) throw badUserInput("input.target", "must name ids or matching");
      const target: Input["target"] = matching
        ? {
            matching: {
              filter: await takeSessionFilter(context, matching.filter, "input.target.matching.filter"),
              limit: matching.limit ?? maxTargets,
            },
          }
        : { ids: ids ?? [] };
      const dryRun = input.dryRun ?? false;
      const asked = {
        target,
        action: input.action as Action,
        dryRun,
        asOf: input.asOf ?? null,
        readerId: input.readerId ?? null,
      };
      return { ...(await updateSessions(context, asked)), dryRun };
    },
  }),
}));
