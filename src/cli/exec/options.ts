import { randomBytes } from "node:crypto";

/** What `exec` is told on the command line, as commander gives it. */
export interface ExecFlags {
  session?: string;
  url?: string;
  token?: string;
  project: string;
  profile: string;
  title?: string;
  quiet?: boolean;
  wait: string;
  buffer: string;
}

/** What `exec` does. */
export interface ExecOptions {
  url: string;
  token: string | undefined;
  sessionId: string;
  projectId: string;
  backendProfile: string;
  title: string | undefined;
  isQuiet: boolean;
  /** How long to wait for the service before the command is run, in milliseconds. */
  waitMs: number;
  /** How much output to keep while the service is away. */
  maxHeldBytes: number;
}

const defaultUrl = "http://127.0.0.1:4000/graphql";

/** Reads flags and environment; throws with the option's name and what is allowed. */
export function readExecOptions(flags: ExecFlags, env: NodeJS.ProcessEnv): ExecOptions {
  return {
    url: flags.url ?? (env["AGENTRUN_URL"]?.trim() || defaultUrl),
    token: flags.token ?? (env["AGENTRUN_TOKEN"]?.trim() || undefined),
    sessionId: flags.session ?? `exec-${randomBytes(6).toString("hex")}`,
    projectId: flags.project,
    backendProfile: flags.profile,
    title: flags.title,
    isQuiet: flags.quiet ?? false,
    waitMs: readNumber(flags.wait, "--wait", 0, 86_400) * 1_000,
    maxHeldBytes: readNumber(flags.buffer, "--buffer", 0.1, 1_024) * 1024 * 1024,
  };
}

function readNumber(text: string, name: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= min && value <= max) return value;
  throw new Error(`${name} must be a number from ${min} to ${max}`);
}
