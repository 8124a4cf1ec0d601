import { requireReaderOrRunner } from "../actions/caller.js";
import { encodeCursor } from "../domain/cursor.js";
import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { maxPageSize } from "../domain/page.js";
import { topicOf } from "../domain/topic.js";
import { type ChangedCommand, readCommandChanges } from "../store/command.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import type { GraphContext } from "./context.js";
import { Feed, type Sent, resumeKey, sentOrFailure } from "./following/feed.js";
import { loadRun } from "./reading/loads.js";
import { Run } from "./run/run.js";

type CommandBatchRow = Sent<ChangedCommand> & { runId: string };

const CommandBatch = builder.objectRef<CommandBatchRow>("CommandBatch").implement({
  description: "Commands of a run that were created or have ended. Each command comes once, as it is now.",
  fields: (t) => ({
    commands: t.expose("items", {
      type: [Command],
      description: "The commands. They are in the order of the events of the run that created or ended them.",
    }),
    cursor: t.exposeString("cursor", {
      description:
        "The place of this batch. Sent as `after`, it makes a new subscription go on after this batch.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description:
        "True once everything that was stored when the subscription began has been sent, this batch included.",
    }),
    run: t.field({
      type: Run,
      description: "The run as it is now.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
    }),
  }),
});

/** Makes the feed of a run's commands. It begins after the event whose seq is in the cursor, or at the run's first. */
function commandFeed(context: GraphContext, runId: string, after: string | null) {
  const { store } = context;
  const scope = JSON.stringify([store.tenantId, "runCommands", runId]);
  return new Feed<ChangedCommand, number, { runId: string }>({
    log: {
      topics: [topicOf(store.tenantId, runId)],
      async read(position) {
        const changes = await readCommandChanges(store, runId, position, maxPageSize);
        if (!changes) throw notFound("run", runId);
        const { commands, lastSeq, ended } = changes;
        const last = commands.at(-1);
        const full = last !== undefined && commands.length === maxPageSize;
        return { items: commands, position: full ? last.changedSeq : lastSeq, lastPosition: lastSeq, ended };
      },
      reaches: (seq, other) => seq >= other,
      positionOf: ({ changedSeq }) => changedSeq,
    },
    start: Number(resumeKey(context, after, scope, ["number"])?.[0] ?? 0),
    cursorAt: (seq) => encodeCursor(scope, [seq]),
    facts: { runId },
  });
}

builder.subscriptionFields((t) => ({
  runCommands: t.field({
    type: CommandBatch,
    skipTypeScopes: true,
    description:
      "Sends the commands of a run, for the runner that holds it. A command is sent when it is created, and again when it ends or is cancelled. First come all that are stored after the cursor, then each as it happens, until the run has ended and everything has been sent. The first batch comes at once, even if it is empty. Needs the scope reader or runner. NOT_FOUND if there is no such run. A subscription that cannot go on ends with UNAVAILABLE; resume it after the error's details.cursor, and nothing is left out.",
    args: {
      runId: t.arg.id({ required: true, description: "The run's id." }),
      after: t.arg.string({
        description:
          "The cursor of an earlier batch of the same run; BAD_USER_INPUT if it is another. Default: from the beginning.",
      }),
    },
    subscribe: async (_root, { runId, after }, context) => {
      requireReaderOrRunner(context);
      if (!(await loadRun(context, checkId("run", runId, "runId")))) throw notFound("run", runId);
      return commandFeed(context, runId, after ?? null);
    },
    resolve: sentOrFailure,
  }),
}));
