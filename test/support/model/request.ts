/*
 * What is asked of people: asked once, answered once, and told to the runner once.
 */
import {
  type Asked,
  type Fresh,
  type Model,
  type ModelRequest,
  type ModelRun,
  above,
  begin,
  find,
  openOf,
  raise,
  sessionOf,
  takeCommand,
  takeRun,
} from "./model.js";

/** The open requests of a run, oldest first. */
function openOfRun(model: Model, runId: string): ModelRequest[] {
  return model.requests.filter((request) => request.runId === runId && request.state === "OPEN");
}

/** Whether any words answer it. */
function isPlain({ asked }: ModelRequest): boolean {
  return asked.kind === "question" && !asked.choices;
}

/** An agent asks all this in one batch; `ids` are those of the requests that the service says the events opened or went on with. */
export function ask(
  model: Model,
  runId: string,
  all: readonly Asked[],
  ids: readonly string[],
): string | null {
  const run = find(model.runs, runId);
  if (run.status === "ENDED") return "ALREADY_TERMINAL";
  const turn = model.commands.find((each) => each.runId === runId && each.type === "TURN" && !each.end);
  let isOpened = false;
  for (const [index, asked] of all.entries()) {
    const earlier = openOfRun(model, runId).find(
      (request) => asked.requestId !== undefined && request.asked.requestId === asked.requestId,
    );
    const id = ids[index] ?? "";
    const isSame = JSON.stringify(earlier?.asked) === JSON.stringify(asked);
    if (isSame && earlier?.id !== id) throw new Error(`request ${earlier?.id} should go on, not ${id}`);
    if (isSame) continue;
    if (earlier) earlier.state = "WITHDRAWN";
    if (model.requests.some((request) => request.id === id)) throw new Error(`request ${id} should be new`);
    const rest = { turnId: turn?.id ?? null, state: "OPEN", resume: false, commandId: null } as const;
    model.requests.push({ id, runId, asked, ...rest });
    isOpened = true;
  }
  if (!isOpened) return null;
  const session = sessionOf(model, runId);
  const root = above(model, session).at(-1);
  for (const mark of model.marks) {
    if (mark.sessionId === session.id || mark.sessionId === root?.id) mark.snoozed = false;
    if (mark.sessionId === root?.id) mark.archived = false;
  }
  raise(model, session);
  return null;
}

/** Withdraws the open requests of a run, or of one of its turns. True if there were any. */
export function withdraw(model: Model, runId: string, turnId?: string): boolean {
  const open = openOfRun(model, runId).filter((request) => turnId === undefined || request.turnId === turnId);
  for (const request of open) request.state = "WITHDRAWN";
  return open.length > 0;
}

/** Words answer the plain questions of their run and of ended runs of its session, which may then be gone on from. */
export function answerByWords(model: Model, runId: string, commandId: string, fresh: Fresh): void {
  const isOver = (id: string) => find(model.runs, id).status === "ENDED";
  const asked = openOf(model, sessionOf(model, runId)).filter(isPlain);
  const answered = asked.filter((request) => request.runId === runId || isOver(request.runId));
  for (const request of answered) Object.assign(request, { state: "ANSWERED", commandId });
  for (const id of new Set(answered.map((request) => request.runId)))
    resume(model, find(model.runs, id), fresh);
}

/** A person answers, or nobody does in time: the runner is told. */
export function closeAndTell(
  model: Model,
  request: ModelRequest,
  closed: { state: "ANSWERED" | "EXPIRED"; resume: boolean },
  fresh: Fresh,
): void {
  const run = find(model.runs, request.runId);
  const turn = model.commands.find(({ id }) => id === request.turnId);
  if (run.status !== "ENDED") {
    const type = turn?.end ? "TURN" : "ANSWER";
    request.commandId = takeCommand(fresh, run.id, type);
    model.commands.push({ id: request.commandId, runId: run.id, type, isTaken: false, end: null });
    run.parked = false;
    if (type === "TURN") begin(sessionOf(model, run.id));
  }
  closeQuietly(model, request, closed, fresh);
}

/** Closes a request of which no command tells. */
export function closeQuietly(
  model: Model,
  request: ModelRequest,
  closed: Pick<ModelRequest, "state"> & Partial<ModelRequest>,
  fresh: Fresh,
): void {
  Object.assign(request, closed);
  resume(model, find(model.runs, request.runId), fresh);
  raise(model, sessionOf(model, request.runId));
}

/** A run that ended BLOCKED is gone on from once all that it asked is closed and it has an answer that nobody took. */
export function resume(model: Model, run: ModelRun, fresh: Fresh): void {
  const session = sessionOf(model, run.id);
  if (run.terminalStatus !== "BLOCKED" || session.isExpired || openOfRun(model, run.id).length > 0) return;
  const before = runsBefore(model, run);
  const untold = model.requests.filter(
    ({ runId, commandId, state, resume: goesOn }) =>
      before.includes(runId) &&
      (state === "EXPIRED" || (state === "ANSWERED" && goesOn)) &&
      !isTold(model, commandId),
  );
  if (!untold.some(({ state }) => state === "ANSWERED")) return;
  const { sessionId, maxAttempts, parallel } = run;
  const runId = takeRun(fresh, run.id);
  const commandId = takeCommand(fresh, runId, "TURN");
  addRun(model, { id: runId, sessionId, maxAttempts, parallel, resumesId: run.id });
  model.commands.push({ id: commandId, runId, type: "TURN", isTaken: false, end: null });
  for (const request of untold) request.commandId = commandId;
  begin(session);
}

/** A run, and those that it goes on from, one after the other. */
function runsBefore(model: Model, { id, resumesId }: ModelRun): string[] {
  return resumesId === null ? [id] : [id, ...runsBefore(model, find(model.runs, resumesId))];
}

function isTold(model: Model, commandId: string | null): boolean {
  if (commandId === null) return false;
  const { type, end } = find(model.commands, commandId);
  return type !== "ANSWER" || end?.terminalStatus === "COMPLETED";
}

/** Of what the turns that carry them told nobody, once these have ended with their run. */
export function takeBack(model: Model, runId: string): void {
  for (const request of model.requests) {
    const command = model.commands.find(({ id }) => id === request.commandId);
    const isCarried = command?.runId === runId && command.type === "TURN";
    if (!isCarried || command.isTaken || command.end) continue;
    if (request.resume || request.state === "EXPIRED") request.commandId = null;
  }
}

export function addRun(
  model: Model,
  run: Pick<ModelRun, "id" | "sessionId" | "maxAttempts" | "parallel" | "resumesId">,
): void {
  model.runs.push({
    ...run,
    status: "PENDING",
    runnerId: null,
    attempt: 0,
    expired: 0,
    isStale: false,
    parked: false,
    terminalStatus: null,
  });
}
