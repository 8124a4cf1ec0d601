import { requireReaderOrRunner } from "../actions/caller.js";
import { decodeCursor, encodeCursor } from "../domain/cursor.js";
import { notFound } from "../domain/errors.js";
import { checkId } from "../domain/ids.js";
import { maxPageSize } from "../domain/page.js";
import { topicOf } from "../domain/topic.js";
import { follow } from "../realtime/follow.js";
import { readCommandChanges } from "../store/command.js";
import type { CommandRow } from "../store/row.js";
import { builder } from "./builder.js";
import { Command } from "./command.js";
import type { GraphContext } from "./context.js";
import { loadRun } from "./loads.js";
import { Run } from "./run.js";
import { type Sent, send, sentOrFailure } from "./stream.js";

type CommandBatchRow = Sent<CommandRow> & { runId: string };

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

/** Follows what creates and ends the commands of a run, from the seq in a cursor or from the beginning. */
function followCommands(
  { store, environment }: GraphContext,
  runId: string,
  after: string | null,
): AsyncIterableIterator<CommandBatchRow> {
  const scope = JSON.stringify([store.tenantId, "runCommands", runId]);
  const start = after === null ? 0 : Number(decodeCursor(scope, after, "after")[0]);
  const bell = environment.hub.attach(topicOf(store.tenantId, runId));
  const batches = follow<CommandRow>(bell, start, async (position) => {
    const changes = await readCommandChanges(store, runId, position, maxPageSize);
    if (!changes) throw notFound("run", runId);
    const { commands, lastSeq, ended } = changes;
    const last = commands.at(-1);
    const full = last !== undefined && commands.length === maxPageSize;
    return { items: commands, position: full ? last.changedSeq : lastSeq, lastPosition: lastSeq, ended };
  });
  return send(batches, start, (position) => encodeCursor(scope, [position]), { runId });
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
      return followCommands(context, runId, after ?? null);
    },
    resolve: sentOrFailure,
  }),
}));
