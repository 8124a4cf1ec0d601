import { type Noun, parseEventId } from "../../domain/ids.js";
import { findCommands } from "../../store/command.js";
import { findEvents, findEventsOfSessions } from "../../store/event.js";
import { findRequests, findRequestsOfCommands, findRequestsOfEvents } from "../../store/input-request.js";
import { findMarks } from "../../store/inbox/standing.js";
import { findAttempts } from "../../store/queue/attempt.js";
import { findReadVersions } from "../../store/queue/mark.js";
import { findTasks } from "../../store/queue/task.js";
import type {
  CommandRow,
  InputRequestRow,
  MarkRow,
  QueueAttemptRow,
  QueueTaskRow,
  RunEventRow,
  RunRow,
  RunnerJobRow,
  RunnerRow,
  SessionRow,
} from "../../store/row.js";
import { findRuns } from "../../store/run.js";
import { findJobs } from "../../store/runner-job.js";
import { findRunners } from "../../store/runner.js";
import { findSessions } from "../../store/session.js";
import type { TenantClient } from "../../store/statement.js";
import type { GraphContext } from "../context.js";

type Find<Row> = (client: TenantClient, ids: readonly string[]) => Promise<Row[]>;

async function loadById<Row extends { id: string }>(
  { batches }: GraphContext,
  noun: Noun,
  id: string | null,
  find: Find<Row>,
): Promise<Row | null> {
  if (id === null) return null;
  const readMany = async (ids: readonly string[]) =>
    new Map((await find(batches.client, ids)).map((row) => [row.id, row]));
  return (await batches.load(noun, id, readMany)) ?? null;
}

/**
 * Loads the session with this id; null if there is none. As with all loads here, those of one tick share a statement.
 */
export function loadSession(context: GraphContext, id: string | null): Promise<SessionRow | null> {
  return loadById(context, "session", id, findSessions);
}

/** Loads what a reader has marked of a session; null if there is no such session. */
export async function loadMark(
  { batches }: GraphContext,
  sessionId: string,
  readerId: string | null,
): Promise<MarkRow | null> {
  const mark = await batches.load(
    `mark ${readerId === null ? "" : JSON.stringify(readerId)}`,
    sessionId,
    async (ids) =>
      new Map((await findMarks(batches.client, readerId, ids)).map((row) => [row.sessionId, row])),
  );
  return mark ?? null;
}

/** Loads the run with this id; null if there is none. */
export function loadRun(context: GraphContext, id: string | null): Promise<RunRow | null> {
  return loadById(context, "run", id, findRuns);
}

/** Loads the command with this id; null if there is none. */
export function loadCommand(context: GraphContext, id: string | null): Promise<CommandRow | null> {
  return loadById(context, "command", id, findCommands);
}

/** Loads the runner with this id; null if there is none. */
export function loadRunner(context: GraphContext, id: string | null): Promise<RunnerRow | null> {
  return loadById(context, "runner", id, findRunners);
}

/** Loads the record of a runner with this id; null if there is none. */
export function loadJob(context: GraphContext, id: string | null): Promise<RunnerJobRow | null> {
  return loadById(context, "job", id, findJobs);
}

/** Loads the queue task with this id; null if there is none. */
export function loadTask(context: GraphContext, id: string | null): Promise<QueueTaskRow | null> {
  return loadById(context, "task", id, findTasks);
}

/** Loads the version of a queue task that a reader has read; null if the reader has never read it. */
export async function loadReadVersion(
  { batches }: GraphContext,
  taskId: string,
  readerId: string,
): Promise<number | null> {
  const version = await batches.load(`read version ${readerId}`, taskId, (ids) =>
    findReadVersions(batches.client, readerId, ids),
  );
  return version ?? null;
}

/** Loads the queue attempt with this id; null if there is none. */
export function loadAttempt(context: GraphContext, id: string | null): Promise<QueueAttemptRow | null> {
  return loadById(context, "attempt", id, findAttempts);
}

/** Loads the event with this id; null if there is none. */
export async function loadEvent({ batches }: GraphContext, id: string): Promise<RunEventRow | null> {
  const place = ({ runId, seq }: { runId: string; seq: number }) => `${runId}/${seq}`;
  const row = await batches.load("event", id, async (ids) => {
    const found = new Map(
      (await findEvents(batches.client, ids.map(parseEventId))).map((event) => [place(event), event]),
    );
    return new Map(ids.map((each) => [each, found.get(place(parseEventId(each)))]));
  });
  return row ?? null;
}

/** Loads the event with this number in a session; null for none. */
export async function loadEventOfSession(
  { batches }: GraphContext,
  sessionId: string,
  sessionSeq: number | null,
): Promise<RunEventRow | null> {
  if (sessionSeq === null) return null;
  const row = await batches.load("event of session", `${sessionId}/${sessionSeq}`, async (keys) => {
    const places = keys.map((key) => key.split("/"));
    const events = await findEventsOfSessions(
      batches.client,
      places.map(([id = "", seq]) => ({ sessionId: id, sessionSeq: Number(seq) })),
    );
    return new Map(events.map((event) => [`${event.sessionId}/${event.sessionSeq}`, event]));
  });
  return row ?? null;
}

/** Loads the input request with this id; null if there is none. */
export function loadRequest(context: GraphContext, id: string | null): Promise<InputRequestRow | null> {
  return loadById(context, "request", id, findRequests);
}

/** Loads the input request that an event opened, or went on with; null if there is none. */
export async function loadRequestOfEvent(
  { batches }: GraphContext,
  { runId, seq, payload }: RunEventRow,
): Promise<InputRequestRow | null> {
  const { requestId } = payload;
  const key = JSON.stringify([runId, seq, typeof requestId === "string" ? requestId : null]);
  const request = await batches.load("request of event", key, async (keys) => {
    const places = keys.map((each) => JSON.parse(each) as [string, number, string | null]);
    const found = await findRequestsOfEvents(
      batches.client,
      places.map(([run, at, id]) => ({ runId: run, seq: at, requestId: id })),
    );
    return new Map(
      keys.map((each, index) => [each, found.get(`${places[index]?.[0]}/${places[index]?.[1]}`)]),
    );
  });
  return request ?? null;
}

/** Loads the input requests that a command answers, oldest first. */
export async function loadAnswered({ batches }: GraphContext, commandId: string): Promise<InputRequestRow[]> {
  const requests = await batches.load("answered by", commandId, (ids) =>
    findRequestsOfCommands(batches.client, ids),
  );
  return requests ?? [];
}
