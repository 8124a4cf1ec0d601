/*
 * What the model of the service holds, in arrays alone: sessions and their trees, runs, commands, requests and marks. Versions are
 * its own, from 1. It knows no database and no clock. What changes it is in session.ts, run.ts and request.ts, what readers see of
 * it in reader.ts.
 */

export type CommandType = "TURN" | "STEER" | "INTERRUPT" | "ANSWER";

/** How a command or run ended. */
export interface End {
  terminalStatus: string;
  failureKind: string | null;
}

export const cancelled: End = { terminalStatus: "CANCELLED", failureKind: "CANCELLED" };

export interface ModelSession {
  id: string;
  /** What its creator calls it. */
  givenName: string;
  projectId: string;
  backendProfile: string;
  /** The session that it works for; null for a root. */
  parentId: string | null;
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
}

export interface ModelRun {
  id: string;
  sessionId: string;
  status: "PENDING" | "CLAIMED" | "ENDED";
  runnerId: string | null;
  attempt: number;
  /** How many of its leases have run out. */
  expired: number;
  maxAttempts: number;
  /** True from the end of its lease until it is claimed again or ends. */
  isStale: boolean;
  /** True if it is handed out only once a command comes. */
  parked: boolean;
  /** True if it may be handed out beside others of its session. */
  parallel: boolean;
  /** The run that it goes on from. */
  resumesId: string | null;
  /** How it ended. */
  terminalStatus: string | null;
}

export interface ModelCommand {
  id: string;
  runId: string;
  type: CommandType;
  /** True once a runner has acknowledged it. */
  isTaken: boolean;
  /** Null while it lives. */
  end: End | null;
}

export interface ModelRequest {
  id: string;
  runId: string;
  /** The oldest live turn of its run when it was asked. */
  turnId: string | null;
  asked: Asked;
  state: "OPEN" | "ANSWERED" | "EXPIRED" | "WITHDRAWN";
  /** Whether a new run goes on with its answer. */
  resume: boolean;
  /** What tells the runner how it was closed. */
  commandId: string | null;
}

/** What an agent asks. */
export interface Asked {
  kind: "question" | "approval";
  prompt: string;
  choices?: readonly string[];
  requestId?: string;
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
  /** True until its time comes or the reader ends it, also if a request has ended it before. */
  isTimed: boolean;
  pinned: boolean;
}

/** Oldest first, all of them. */
export interface Model {
  version: number;
  sessions: ModelSession[];
  runs: ModelRun[];
  commands: ModelCommand[];
  requests: ModelRequest[];
  marks: Mark[];
}

export function createModel(): Model {
  return { version: 0, sessions: [], runs: [], commands: [], requests: [], marks: [] };
}

/** What the service has begun in a step, which the model has to expect: it takes it out of this. */
export interface Fresh {
  runs: { id: string; resumesId: string | null }[];
  commands: { id: string; runId: string; type: CommandType }[];
}

/** Nothing was begun. */
export const nothing = (): Fresh => ({ runs: [], commands: [] });

/** The id of a run that the model expects to go on from this one. */
export function takeRun(fresh: Fresh, resumesId: string): string {
  const run = fresh.runs.find((each) => each.resumesId === resumesId);
  if (!run) throw new Error(`the service began no run that goes on from ${resumesId}`);
  fresh.runs.splice(fresh.runs.indexOf(run), 1);
  return run.id;
}

/** The id of a command that the model expects to have been created. */
export function takeCommand(fresh: Fresh, runId: string, type: CommandType): string {
  const command = fresh.commands.find((each) => each.runId === runId && each.type === type);
  if (!command)
    throw new Error(
      `the service created ${JSON.stringify(fresh.commands)} where a ${type} of ${runId} was expected`,
    );
  fresh.commands.splice(fresh.commands.indexOf(command), 1);
  return command.id;
}

/** The item of this id; throws where there is none. */
export function find<Item extends { id: string }>(items: readonly Item[], id: string): Item {
  const item = items.find((each) => each.id === id);
  if (!item) throw new Error(`the model has no ${id}`);
  return item;
}

export function sessionOf(model: Model, runId: string): ModelSession {
  return find(model.sessions, find(model.runs, runId).sessionId);
}

/** The sessions above one, the root last. */
export function above(model: Model, session: ModelSession): ModelSession[] {
  if (session.parentId === null) return [];
  const parent = find(model.sessions, session.parentId);
  return [parent, ...above(model, parent)];
}

/** A session and all below it, oldest first. */
export function treeOf(model: Model, session: ModelSession): ModelSession[] {
  return model.sessions.filter((each) => each === session || above(model, each).includes(session));
}

/** The open requests of a session. */
export function openOf(model: Model, session: ModelSession): ModelRequest[] {
  return model.requests.filter(({ state, runId }) => state === "OPEN" && sessionOf(model, runId) === session);
}

/** Why a session asks for attention by itself, or does not. */
function ownReason(model: Model, session: ModelSession): string {
  const kinds = openOf(model, session).map(({ asked }) => asked.kind);
  if (kinds.length > 0) return kinds.includes("approval") ? "NEEDS_APPROVAL" : "NEEDS_INPUT";
  if (model.runs.some(({ sessionId, isStale }) => sessionId === session.id && isStale)) return "STALE";
  if (session.executionState === "RUNNING") return "WORKING";
  if (session.end === null) return "IDLE";
  return session.end.terminalStatus === "COMPLETED" ? "FINISHED" : session.end.terminalStatus;
}

/** Why a session asks for attention, or does not; a root for all below it. */
export function reasonOf(model: Model, session: ModelSession): string {
  const own = ownReason(model, session);
  if (session.parentId !== null) return own;
  const reasons = new Set(treeOf(model, session).map((each) => ownReason(model, each)));
  return ["NEEDS_APPROVAL", "NEEDS_INPUT", "STALE", "WORKING"].find((word) => reasons.has(word)) ?? own;
}

/** Whether a session works; a root while anything in its tree does. */
export function isActive(model: Model, session: ModelSession): boolean {
  const all = session.parentId === null ? treeOf(model, session) : [session];
  return all.some(({ executionState }) => executionState === "RUNNING");
}

/** What a session and all below it show together. */
export function treeFigures(model: Model, session: ModelSession) {
  const all = treeOf(model, session);
  return {
    total: all.length,
    active: all.filter(({ executionState }) => executionState === "RUNNING").length,
    openInputRequests: all.flatMap((each) => openOf(model, each)).length,
  };
}

/** A newer version: it takes the session out of every archive. */
export function raise(model: Model, session: ModelSession): void {
  session.version = model.version += 1;
  for (const mark of model.marks) if (mark.sessionId === session.id) mark.archived = false;
}

export function begin(session: ModelSession): void {
  session.executionState = "RUNNING";
  session.end = null;
}
