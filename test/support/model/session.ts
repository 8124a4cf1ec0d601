/*
 * What the service means for sessions, runs and commands, in arrays alone: states, reasons and versions, which are its own,
 * from 1. It knows no database and no clock. What changes it gives the code of the refusal, or null. What readers see of it
 * is in reader.ts.
 */

export type CommandType = "TURN" | "STEER" | "INTERRUPT";

/** How a command or run ended. */
export interface End {
  terminalStatus: string;
  failureKind: string | null;
}

export interface ModelSession {
  id: string;
  projectId: string;
  backendProfile: string;
  /** True where its expiresAt has passed. */
  isExpired: boolean;
  /** The title that was given with it, which no prompt overwrites. */
  givenTitle: string | null;
  promptTitle: string | null;
  version: number;
  firstVersion: number;
  executionState: "IDLE" | "RUNNING" | "TERMINAL";
  /** What made it TERMINAL; null in any other state. */
  end: End | null;
  /** What waits for an answer, oldest first; each with the oldest live turn of its run when it was asked. */
  requests: { runId: string; kind: "question" | "approval"; turnId: string | null }[];
}

export interface ModelRun {
  id: string;
  sessionId: string;
  status: "PENDING" | "CLAIMED" | "ENDED";
  runnerId: string | null;
  attempt: number;
  maxAttempts: number;
  /** True from the end of its lease until it is claimed again or ends. */
  isStale: boolean;
  /** True if it has an answer that its runner has not taken: nobody takes any. */
  hasAnswer: boolean;
  /** How it ended. */
  terminalStatus: string | null;
}

export interface ModelCommand {
  id: string;
  runId: string;
  type: CommandType;
  /** Null while it lives. */
  end: End | null;
}

/** What a reader has marked of a session. */
export interface Mark {
  readerId: string;
  sessionId: string;
  readVersion: number | null;
  /** Up to which version it was read with others in one step, in which it was; 0 for none. */
  readUpTo: number;
  markedUnread: boolean;
  /** Between which versions it was marked unread: half of one past the older. */
  unreadVersion: number;
  archived: boolean;
  snoozed: boolean;
  pinned: boolean;
}

/** Oldest first, all of them. */
export interface Model {
  version: number;
  sessions: ModelSession[];
  runs: ModelRun[];
  commands: ModelCommand[];
  marks: Mark[];
}

export function createModel(): Model {
  return { version: 0, sessions: [], runs: [], commands: [], marks: [] };
}

/** The item of this id; throws where there is none. */
export function find<Item extends { id: string }>(items: readonly Item[], id: string): Item {
  const item = items.find((each) => each.id === id);
  if (!item) throw new Error(`the model has no ${id}`);
  return item;
}

/** A newer version: it takes the session out of every archive. */
function raise(model: Model, session: ModelSession): void {
  session.version = model.version += 1;
  for (const mark of model.marks) if (mark.sessionId === session.id) mark.archived = false;
}

function begin(session: ModelSession): void {
  session.executionState = "RUNNING";
  session.end = null;
}

/** The turns and steers of a session. */
function commandsOf(model: Model, session: ModelSession): ModelCommand[] {
  return model.commands.filter(
    ({ runId, type }) => type !== "INTERRUPT" && find(model.runs, runId).sessionId === session.id,
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
  session: Pick<ModelSession, "id" | "projectId" | "backendProfile" | "isExpired" | "givenTitle">,
): void {
  const added: ModelSession = {
    ...session,
    promptTitle: null,
    version: 0,
    firstVersion: 0,
    executionState: "IDLE",
    end: null,
    requests: [],
  };
  model.sessions.push(added);
  raise(model, added);
  added.firstVersion = added.version;
}

export function addRun(model: Model, run: Pick<ModelRun, "id" | "sessionId" | "maxAttempts">): void {
  model.runs.push({
    ...run,
    status: "PENDING",
    runnerId: null,
    attempt: 0,
    isStale: false,
    hasAnswer: false,
    terminalStatus: null,
  });
}

export function addCommand(
  model: Model,
  command: Omit<ModelCommand, "end">,
  prompt: string | null,
): string | null {
  const run = find(model.runs, command.runId);
  if (run.status === "ENDED") return "ALREADY_TERMINAL";
  const session = find(model.sessions, run.sessionId);
  if (session.isExpired) return "CONFLICT";
  model.commands.push({ ...command, end: null });
  if (command.type === "INTERRUPT") return null;
  begin(session);
  // Words answer the questions of the run and of ended runs.
  session.requests = session.requests.filter(
    ({ runId, kind }) =>
      kind === "approval" || (runId !== command.runId && find(model.runs, runId).status !== "ENDED"),
  );
  if (command.type === "TURN") session.promptTitle = prompt ?? session.promptTitle;
  raise(model, session);
  return null;
}

/** Claims a run whose lease, if there is one, lives. */
export function claim(model: Model, runId: string, runnerId: string): string | null {
  const run = find(model.runs, runId);
  if (run.status === "ENDED") return "ALREADY_TERMINAL";
  if (run.status === "CLAIMED") return run.runnerId === runnerId ? null : "RUNNER_LEASE_CONFLICT";
  Object.assign(run, { status: "CLAIMED", runnerId, attempt: run.attempt + 1, isStale: false });
  begin(find(model.sessions, run.sessionId));
  return null;
}

/** The lease of a claimed run runs out. */
export function expire(model: Model, runId: string): void {
  const run = find(model.runs, runId);
  if (run.attempt >= run.maxAttempts) {
    endRun(model, runId, { terminalStatus: "FAILED", failureKind: "LEASE_EXPIRED" });
    return;
  }
  Object.assign(run, { status: "PENDING", isStale: true });
  const session = find(model.sessions, run.sessionId);
  const isClaimed = model.runs.some(
    ({ sessionId, status }) => sessionId === session.id && status === "CLAIMED",
  );
  const commands = commandsOf(model, session);
  if (session.executionState !== "RUNNING" || isClaimed || commands.some((command) => !command.end)) return;
  session.executionState = commands.length > 0 ? "TERMINAL" : "IDLE";
  session.end = commands.at(-1)?.end ?? null;
}

/** An agent prints, and asks for input where kinds are given. */
export function append(
  model: Model,
  runId: string,
  kinds: readonly ("question" | "approval")[],
): string | null {
  const run = find(model.runs, runId);
  if (run.status === "ENDED") return "ALREADY_TERMINAL";
  if (kinds.length === 0) return null;
  const session = find(model.sessions, run.sessionId);
  const turnId =
    model.commands.find((each) => each.runId === runId && each.type === "TURN" && !each.end)?.id ?? null;
  session.requests.push(...kinds.map((kind) => ({ runId, kind, turnId })));
  for (const mark of model.marks) if (mark.sessionId === session.id) mark.snoozed = false;
  raise(model, session);
  return null;
}

export function endCommand(model: Model, commandId: string, end: End, hasThread: boolean): null {
  const command = find(model.commands, commandId);
  if (command.end) return null;
  command.end = end;
  if (command.type === "INTERRUPT") return null;
  const session = find(model.sessions, find(model.runs, command.runId).sessionId);
  if (end.terminalStatus !== "BLOCKED")
    session.requests = session.requests.filter(({ turnId }) => turnId !== commandId);
  if (settle(model, session, end) || command.type === "TURN" || hasThread) raise(model, session);
  return null;
}

export function endRun(model: Model, runId: string, end: End, next: Begun | null = null): null {
  const run = find(model.runs, runId);
  if (run.status === "ENDED") return null;
  Object.assign(run, { status: "ENDED", isStale: false, terminalStatus: end.terminalStatus });
  const terminalStatus = end.terminalStatus === "CANCELLED" ? "CANCELLED" : "FAILED";
  for (const command of model.commands)
    if (command.runId === runId) command.end ??= { ...end, terminalStatus };
  const session = find(model.sessions, run.sessionId);
  if (end.terminalStatus !== "BLOCKED")
    session.requests = session.requests.filter((request) => request.runId !== runId);
  settle(model, session, end);
  resume(model, session, run, next);
  raise(model, session);
  return null;
}

/** What an operation may begin: a run with a turn, or a turn alone. */
export interface Begun {
  runId: string;
  commandId: string;
}

/** A run that ended BLOCKED is gone on from once all that it asked is closed and it has an answer that nobody took. */
function resume(model: Model, session: ModelSession, run: ModelRun, next: Begun | null): void {
  const isOver = run.terminalStatus === "BLOCKED" && run.hasAnswer && !session.isExpired;
  if (!isOver || session.requests.some(({ runId }) => runId === run.id)) return;
  if (!next) throw new Error(`a run that goes on from ${run.id} was expected`);
  run.hasAnswer = false;
  addRun(model, { id: next.runId, sessionId: session.id, maxAttempts: run.maxAttempts });
  model.commands.push({ id: next.commandId, runId: next.runId, type: "TURN", end: null });
  begin(session);
}

/** A person answers the oldest request of a run. Its runner is told by a message, by a turn if its turn has ended, or by a new run. */
export function answer(model: Model, runId: string, next: Begun | null): void {
  const run = find(model.runs, runId);
  const session = find(model.sessions, run.sessionId);
  const at = session.requests.findIndex((request) => request.runId === runId);
  const [request] = session.requests.splice(at, 1);
  const turn = model.commands.find(({ id }) => id === request?.turnId);
  if (run.status !== "ENDED" && turn?.end) {
    if (!next) throw new Error("a turn was expected");
    model.commands.push({ id: next.commandId, runId, type: "TURN", end: null });
    begin(session);
  } else run.hasAnswer = true;
  if (run.status === "ENDED") resume(model, session, run, next);
  raise(model, session);
}

/** Why a session asks for attention, or does not. */
export function reasonOf(model: Model, session: ModelSession): string {
  if (session.requests.some(({ kind }) => kind === "approval")) return "NEEDS_APPROVAL";
  if (session.requests.length > 0) return "NEEDS_INPUT";
  if (model.runs.some(({ sessionId, isStale }) => sessionId === session.id && isStale)) return "STALE";
  if (session.executionState === "RUNNING") return "WORKING";
  if (session.end === null) return "IDLE";
  return session.end.terminalStatus === "COMPLETED" ? "FINISHED" : session.end.terminalStatus;
}
