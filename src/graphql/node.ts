import type { RunEventType } from "../domain/event.js";
import { type Noun, eventId, nounOf, parseEventId } from "../domain/ids.js";
import type {
  CommandRow,
  InputRequestRow,
  QueueAttemptRow,
  QueueTaskRow,
  RunEventRow,
  RunRow,
  RunnerJobRow,
  RunnerRow,
  SessionRow,
} from "../store/row.js";
import { commandSource } from "../store/command.js";
import { eventSource } from "../store/event.js";
import { runSource } from "../store/run.js";
import { runnerSource } from "../store/runner.js";
import { sessionSource } from "../store/session.js";
import { builder } from "./builder.js";
import { type Sought, readsField, readsSought } from "./compiled/reads.js";
import { beyondLimit, defaultLimits } from "./engine/limits.js";
import type { GraphContext } from "./context.js";
import {
  loadAttempt,
  loadCommand,
  loadEvent,
  loadJob,
  loadRequest,
  loadRun,
  loadRunner,
  loadSession,
  loadTask,
} from "./reading/loads.js";

/** A row of something that has an id of its own. An event's id is made of its run and seq. */
type NodeRow =
  | SessionRow
  | RunRow
  | CommandRow
  | InputRequestRow
  | RunnerRow
  | RunEventRow
  | RunnerJobRow
  | QueueTaskRow
  | QueueAttemptRow;

/** Gives the name of the object type of a type of event: `ASSISTANT_MESSAGE` is an `AssistantMessageEvent`. */
export function eventTypename(type: RunEventType): string {
  const words = type.split("_").map((word) => word[0] + word.slice(1).toLowerCase());
  return `${words.join("")}Event`;
}

const typenames: Record<Exclude<Noun, "event">, string> = {
  session: "Session",
  run: "Run",
  command: "Command",
  runner: "Runner",
  job: "RunnerJob",
  task: "QueueTask",
  attempt: "QueueAttempt",
  request: "InputRequest",
};

/** The interface of all objects that have an id of their own. */
export const Node = builder.interfaceRef<NodeRow>("Node").implement({
  description:
    "Any object that has an id of its own. An id begins with a prefix that tells its type: ses_ (session), run_, cmd_ (command), evt_ (event), rnr_ (runner), job_ (runner job), inp_ (input request), qt_ (queue task) or att_ (attempt). Ids that the service makes sort in the order of creation.",
  resolveType: (row) => {
    if (!("id" in row)) return eventTypename(row.type);
    const noun = nounOf(row.id, "id");
    return noun === "event" ? undefined : typenames[noun];
  },
  fields: (t) => ({
    id: t.id({
      description: "The object's id, unique over all types.",
      resolve: (row) => ("id" in row ? row.id : eventId(row.runId, row.seq)),
      extensions: readsField("id"),
    }),
  }),
});

function loadNode(context: GraphContext, id: string, field: string): Promise<NodeRow | null> {
  switch (nounOf(id, field)) {
    case "session":
      return loadSession(context, id);
    case "run":
      return loadRun(context, id);
    case "command":
      return loadCommand(context, id);
    case "runner":
      return loadRunner(context, id);
    case "event":
      return loadEvent(context, id);
    case "job":
      return loadJob(context, id);
    case "task":
      return loadTask(context, id);
    case "attempt":
      return loadAttempt(context, id);
    case "request":
      return loadRequest(context, id);
  }
}

function seekNode({ id }: { id: string }): Sought | null {
  switch (nounOf(id, "id")) {
    case "session":
      return { type: "Session", source: sessionSource, by: { id } };
    case "run":
      return { type: "Run", source: runSource, by: { id } };
    case "command":
      return { type: "Command", source: commandSource, by: { id } };
    case "runner":
      return { type: "Runner", source: runnerSource, by: { id } };
    case "event":
      return { type: "RunEvent", source: eventSource, by: parseEventId(id) };
    case "job":
    case "task":
    case "attempt":
    case "request":
      return null;
  }
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description:
      "The object with this id; null if the tenant has none. BAD_USER_INPUT if the id is malformed.",
    args: { id: t.arg.id({ required: true, description: "The id of an object of any type." }) },
    resolve: (_root, { id }, context) => loadNode(context, id, "id"),
    extensions: readsSought(seekNode),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: `The objects with these ids, in the order of the ids, with null in the place of each that the tenant does not have. BAD_USER_INPUT for more than ${defaultLimits.nodes} ids, or if one is malformed.`,
    args: {
      ids: t.arg.idList({
        required: true,
        description: `At most ${defaultLimits.nodes} ids of objects of any types, unless the service is set otherwise.`,
      }),
    },
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.max(1, ids.length) }),
    resolve: (_root, { ids }, context) => {
      const { limits } = context.environment;
      if (ids.length > limits.nodes) throw beyondLimit("nodes", ids.length, limits, "BAD_USER_INPUT");
      return Promise.all(ids.map((id, index) => loadNode(context, id, `ids.${index}`)));
    },
  }),
}));
