/*
 * What the service means for sessions, runs and commands: states, reasons and versions. What changes the model gives the code of
 * the refusal, or null.
 */
import {
  type End,
  type Fresh,
  type Model,
  type ModelCommand,
  type ModelSession,
  begin,
  cancelled,
  find,
  nothing,
  raise,
  sessionOf,
  treeOf,
} from "./model.js";
import { answerByWords, resume, takeBack, withdraw } from "./request.js";

/** The turns and steers of a session. */
function commandsOf(model: Model, session: ModelSession): ModelCommand[] {
  return model.commands.filter(
    ({ runId, type }) => (type === "TURN" || type === "STEER") && sessionOf(model, runId) === session,
  );
}

/** After the end of a command or run: TERMINAL where no turn or steer lives. True where it turned TERMINAL by that. */
function settle(model: Model, session: ModelSession, end: End): boolean {
  if (session.executionState === "TERMINAL" || commandsOf(model, session).some((command) => !command.end))
    return false;
  session.executionState = "TERMINAL";
  session.end = end;
  return true;
}

export function addSession(
  model: Model,
  session: Pick<
    ModelSession,
    "id" | "givenName" | "projectId" | "backendProfile" | "parentId" | "isExpired" | "givenTitle"
  >,
): void {
  const added: ModelSession = {
    ...session,
    promptTitle: null,
    version: 0,
    firstVersion: 0,
    executionState: "IDLE",
    end: null,
  };
  model.sessions.push(added);
  raise(model, added);
  added.firstVersion = added.version;
}

/** A command is created, alone or with its run, which makes it part of what makes an expired session. */
export function addCommand(
  model: Model,
  command: Omit<ModelCommand, "end" | "isTaken">,
  { prompt, fresh }: { prompt: string | null; fresh: Fresh },
  isWithRun = false,
): string | null {
  const run = find(model.runs, command.runId);
  if (run.status === "ENDED") return "ALREADY_TERMINAL";
  const session = find(model.sessions, run.sessionId);
  if (session.isExpired && !isWithRun) return "CONFLICT";
  model.commands.push({ ...command, isTaken: false, end: null });
  run.parked = false;
  if (command.type === "INTERRUPT") return null;
  begin(session);
  answerByWords(model, run.id, command.id, fresh);
  if (command.type === "TURN") session.promptTitle = prompt ?? session.promptTitle;
  raise(model, session);
  return null;
}

/** Claims a run whose lease, if there is one, lives. */
export function claim(model: Model, runId: string, runnerId: string): string | null {
  const run = find(model.runs, runId);
  if (run.status === "ENDED") return "ALREADY_TERMINAL";
  if (run.status === "CLAIMED") return run.runnerId === runnerId ? null : "RUNNER_LEASE_CONFLICT";
  Object.assign(run, {
    status: "CLAIMED",
    runnerId,
    attempt: run.attempt + 1,
    isStale: false,
    parked: false,
  });
  begin(find(model.sessions, run.sessionId));
  return null;
}

/** The run that is handed out next: the oldest that waits, one of a session at a time. */
export function nextRun(model: Model): string | undefined {
  const isFree = (id: string, sessionId: string) =>
    !model.runs.some((run) => run.id !== id && run.sessionId === sessionId && run.status === "CLAIMED");
  return model.runs.find(
    ({ id, sessionId, status, parked, parallel }) =>
      status === "PENDING" && !parked && (parallel || isFree(id, sessionId)),
  )?.id;
}

/** A run waits again: its session rests if nothing else works in it. */
function rest(model: Model, runId: string): void {
  const session = sessionOf(model, runId);
  const isClaimed = model.runs.some(
    ({ sessionId, status }) => sessionId === session.id && status === "CLAIMED",
  );
  const commands = commandsOf(model, session);
  if (session.executionState !== "RUNNING" || isClaimed || commands.some((command) => !command.end)) return;
  session.executionState = commands.length > 0 ? "TERMINAL" : "IDLE";
  session.end = commands.at(-1)?.end ?? null;
}

/** The lease of a claimed run runs out. */
export function expire(model: Model, runId: string): void {
  const run = find(model.runs, runId);
  if (run.expired + 1 >= run.maxAttempts) {
    endRun(model, runId, { terminalStatus: "FAILED", failureKind: "LEASE_EXPIRED" }, nothing());
    return;
  }
  Object.assign(run, { status: "PENDING", isStale: true, expired: run.expired + 1 });
  rest(model, runId);
}

/** A runner gives its run back, and has it parked until a command comes if none waits. */
export function release(model: Model, runId: string, untilCommand: boolean): void {
  const run = find(model.runs, runId);
  if (run.status !== "CLAIMED") return;
  const waits = model.commands.some((command) => command.runId === runId && !command.isTaken && !command.end);
  Object.assign(run, { status: "PENDING", parked: untilCommand && !waits });
  rest(model, runId);
}

/** A runner takes a command; an ANSWER ends by that. */
export function acknowledge(model: Model, commandId: string): void {
  const command = find(model.commands, commandId);
  if (command.end) return;
  command.isTaken = true;
  if (command.type === "ANSWER") command.end = { terminalStatus: "COMPLETED", failureKind: null };
}

export function endCommand(model: Model, commandId: string, end: End, hasThread: boolean): null {
  const command = find(model.commands, commandId);
  if (command.end) return null;
  command.end = end;
  if (command.type === "INTERRUPT") return null;
  const session = sessionOf(model, command.runId);
  if (end.terminalStatus !== "BLOCKED") withdraw(model, command.runId, commandId);
  if (settle(model, session, end) || command.type === "TURN" || hasThread) raise(model, session);
  return null;
}

export function endRun(model: Model, runId: string, end: End, fresh: Fresh): null {
  const run = find(model.runs, runId);
  if (run.status === "ENDED") return null;
  const isBlocked = end.terminalStatus === "BLOCKED";
  Object.assign(run, { status: "ENDED", isStale: false, parked: false, terminalStatus: end.terminalStatus });
  if (isBlocked) takeBack(model, runId);
  else withdraw(model, runId);
  const terminalStatus = end.terminalStatus === "CANCELLED" ? "CANCELLED" : "FAILED";
  for (const command of model.commands)
    if (command.runId === runId) command.end ??= { ...end, terminalStatus };
  const session = find(model.sessions, run.sessionId);
  settle(model, session, end);
  resume(model, run, fresh);
  raise(model, session);
  return null;
}

/** Ends what lives in a session, or in all of its tree, and withdraws what is asked there. Gives how many runs it ended. */
export function cancelSession(model: Model, top: ModelSession, tree: boolean): number {
  let count = 0;
  for (const session of tree ? treeOf(model, top) : [top]) {
    const runs = model.runs.filter(({ sessionId }) => sessionId === session.id);
    for (const { id, status } of runs) {
      if (status !== "ENDED") count += 1;
      endRun(model, id, cancelled, nothing());
      if (withdraw(model, id)) raise(model, session);
    }
  }
  return count;
}
