import { randomBytes } from "node:crypto";
import { readServiceToken } from "../service-token.js";

/** The flags of `exec`, as commander gives them. */
export interface ExecFlags {
  queue?: string;
  lanes?: string;
  poll?: string;
  session?: string;
  url?: string;
  tokenFile?: string;
  project?: string;
  profile: string;
  title?: string;
  quiet?: boolean;
  wait: string;
  buffer: string;
}

/** The options of `exec`, with a queue or without. */
interface ExecOptions {
  url: string;
  token: string | undefined;
  backendProfile: string;
  isQuiet: boolean;
  /** How long to wait for the service before the command is run, in milliseconds. */
  waitMs: number;
  /** How much output to keep while the service is away, in bytes. */
  maxHeldBytes: number;
}

/** The options of `exec` without a queue, which runs one process. */
export interface TurnOptions extends ExecOptions {
  sessionId: string;
  projectId: string;
  title: string | undefined;
}

/** The options of `exec --queue`. */
export interface WorkerOptions extends ExecOptions {
  queue: string;
  /** Null for any lane. */
  lanes: string[] | null;
  /** How long to wait before the next claim if no task waits, in milliseconds. */
  pollMs: number;
  /** The project of the sessions. Undefined means each task's own project. */
  projectId: string | undefined;
}

const defaultUrl = "http://127.0.0.1:4000/graphql";

/** Reads the flags and the environment for one process. Throws with the option's name and what is allowed. */
export function readTurnOptions(flags: ExecFlags, env: NodeJS.ProcessEnv): TurnOptions {
  for (const name of ["lanes", "poll"] as const)
    if (flags[name] !== undefined) throw new Error(`--${name} goes with --queue only`);
  return {
    ...readExecOptions(flags, env),
    sessionId: flags.session ?? `exec-${randomBytes(6).toString("hex")}`,
    projectId: flags.project ?? "default",
    title: flags.title,
  };
}

/** Reads the flags and the environment for a worker of this queue. Throws as {@link readTurnOptions} does. */
export function readWorkerOptions(queue: string, flags: ExecFlags, env: NodeJS.ProcessEnv): WorkerOptions {
  for (const name of ["session", "title"] as const) {
    if (flags[name] !== undefined)
      throw new Error(`--${name} cannot go with --queue: each task has a session and a title of its own`);
  }
  return {
    ...readExecOptions(flags, env),
    queue: checkWord(queue, "--queue"),
    lanes: flags.lanes?.split(",").map((lane) => checkWord(lane, "--lanes")) ?? null,
    pollMs: readNumber(flags.poll ?? "1", "--poll", 0.05, 3_600) * 1_000,
    projectId: flags.project === undefined ? undefined : checkWord(flags.project, "--project"),
  };
}

function readExecOptions(flags: ExecFlags, env: NodeJS.ProcessEnv): ExecOptions {
  return {
    url: flags.url ?? (env["AGENTRUN_URL"]?.trim() || defaultUrl),
    token: readServiceToken(flags.tokenFile, env),
    backendProfile: flags.profile,
    isQuiet: flags.quiet ?? false,
    waitMs: readNumber(flags.wait, "--wait", 0, 86_400) * 1_000,
    maxHeldBytes: readNumber(flags.buffer, "--buffer", 0.1, 1_024) * 1024 * 1024,
  };
}

function checkWord(text: string, name: string): string {
  const word = text.trim();
  if (word === "" || word.length > 200) throw new Error(`${name} must be a name of 1 to 200 characters`);
  return word;
}

function readNumber(text: string, name: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= min && value <= max) return value;
  throw new Error(`${name} must be a number from ${min} to ${max}`);
}
