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
import { Run } from "./run.js";

type CommandBatchRow = Sent<ChangedCommand> & { runId: string };

const CommandBatch = builder.objectRef<CommandBatchRow>("CommandBatch").implement({
  description: "Commands of a run that were created or have ended, each once as it stands now.",
  fields: (t) => ({
    commands: t.expose("items", {
      type: [Command],
      description: "The commands in the order of the newest event that created or ended them.",
    }),
    cursor: t.exposeString("cursor", { description: "Resume after this one." }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description: "True once everything stored when the subscription began has been sent.",
    }),
    run: t.field({
      type: Run,
      description: "The run as it stands after these commands.",
      resolve: async ({ runId }, _args, context) => {
        const run = await loadRun(context, runId);
        if (!run) throw notFound("run", runId);
        return run;
      },
    }),
  }),
});

/** What creates and ends the commands of a run, from the seq in a cursor or from the beginning. */
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
    start: Number(resumeKey(context, after, scope)?.[0] ?? 0),
    cursorAt: (seq) => encodeCursor(scope, [seq]),
    facts: { runId },
  });
}

builder.subscriptionFields((t) => ({
  runCommands: t.field({
    type: CommandBatch,
    skipTypeScopes: true,
    description:
      "For a runner: the commands of the run that it holds. Each comes when it is created and again when it ends or is cancelled, in the order of the run's events: all that is stored after the cursor, then live, until the run has ended and all is sent. Needs the scope reader or runner. Ends with UNAVAILABLE and details.cursor rather than leave anything out.",
    args: {
      runId: t.arg.id({ required: true, description: "The run." }),
      after: t.arg.string({
        description: "The cursor of an earlier batch of the same run. Default: from the beginning.",
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
