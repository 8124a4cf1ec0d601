import { randomBytes } from "node:crypto";
import { type Command, Option } from "commander";
import { decimal, name, readerOf } from "../../server/setting.js";
import { addServiceOptions } from "../service-options.js";
import { readServiceToken } from "../service-token.js";

/** The flags of `exec`, as their parsers give them. */
export interface ExecFlags {
  queue?: string;
  lanes?: string[];
  poll?: number;
  session?: string;
  url: string;
  tokenFile?: string;
  project?: string;
  profile: string;
  title?: string;
  quiet?: boolean;
  wait: number;
  buffer: number;
  stdin?: "inherit" | "none";
  merge?: boolean;
  pty?: boolean;
  grace?: number;
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
  /** If true, the process has one pipe for both of its streams. */
  isMerged: boolean;
}

/** The options of `exec` without a queue, which runs one process. */
export interface TurnOptions extends ExecOptions {
  sessionId: string;
  projectId: string;
  title: string | undefined;
  /** The standard input of the process: our own, or one that is at its end. */
  stdin: "inherit" | "none";
  /** If true, the process runs in a terminal of its own. */
  hasTerminal: boolean;
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
  /** How long the task in hand may take after the first signal before it is given back, in milliseconds. */
  graceMs: number;
}

const readProject = readerOf("--project", name);
const readLane = readerOf("--lanes", name);

/** Adds the options of `exec`, whose parsers throw with the option's name, what was given and what is allowed. */
export function addExecOptions(command: Command): Command {
  command
    .option(
      "--queue <name>",
      "claim the tasks of this queue, one at a time, and run the command for each",
      readerOf("--queue", name),
    )
    .option(
      "--lanes <names>",
      "with --queue: only tasks of these lanes, with commas between (default: any)",
      (text) => text.split(",").map(readLane),
    )
    .option(
      "--poll <seconds>",
      "with --queue: how long to wait if no task waits (default: 1)",
      readerOf("--poll", decimal(0.05, 3_600)),
    )
    .option("--session <name>", "the session to create or continue (default: a new one)");
  return addServiceOptions(command, "the scope runner")
    .option("--project <name>", 'the project of the session (default: "default"; with --queue the task\'s)')
    .option("--profile <name>", "the backend profile of the session", "exec")
    .option("--title <text>", "the title of a new session (default: the command line)")
    .option("--quiet", "say nothing but what goes wrong")
    .option(
      "--wait <seconds>",
      "how long to wait for the service before the command is run",
      readerOf("--wait", decimal(0, 86_400)),
      10,
    )
    .option(
      "--buffer <mebibytes>",
      "how much output to keep while the service is away, before the process has to wait",
      readerOf("--buffer", decimal(0.1, 1_024)),
      16,
    )
    .addOption(
      new Option("--stdin <which>", "the standard input of the process (default: inherit)").choices([
        "inherit",
        "none",
      ]),
    )
    .option("--merge", "give the process one pipe for both of its streams, so that they keep one order")
    .option("--pty", "run the process in a terminal of its own, by script(1) of util-linux; one stream too")
    .option(
      "--grace <seconds>",
      "with --queue: how long the task in hand may take after the first SIGTERM, before it is given back (default: 15)",
      readerOf("--grace", decimal(0, 86_400)),
    );
}

/** Reads the flags and the environment for one process. Throws with the option's name and what is allowed. */
export function readTurnOptions(flags: ExecFlags, env: NodeJS.ProcessEnv): TurnOptions {
  for (const name of ["lanes", "poll", "grace"] as const)
    if (flags[name] !== undefined) throw new Error(`--${name} goes with --queue only`);
  return {
    ...readExecOptions(flags, env),
    sessionId: flags.session ?? `exec-${randomBytes(6).toString("hex")}`,
    projectId: flags.project ?? "default",
    title: flags.title,
    stdin: flags.stdin ?? "inherit",
    hasTerminal: flags.pty ?? false,
  };
}

/** Reads the flags and the environment for a worker of this queue. Throws as {@link readTurnOptions} does. */
export function readWorkerOptions(queue: string, flags: ExecFlags, env: NodeJS.ProcessEnv): WorkerOptions {
  for (const name of ["session", "title"] as const) {
    if (flags[name] !== undefined)
      throw new Error(`--${name} cannot go with --queue: each task has a session and a title of its own`);
  }
  for (const name of ["stdin", "pty"] as const) {
    if (flags[name] !== undefined)
      throw new Error(`--${name} cannot go with --queue: each task is the standard input of its process`);
  }
  return {
    ...readExecOptions(flags, env),
    queue,
    lanes: flags.lanes ?? null,
    pollMs: (flags.poll ?? 1) * 1_000,
    projectId: flags.project === undefined ? undefined : readProject(flags.project),
    graceMs: (flags.grace ?? 15) * 1_000,
  };
}

function readExecOptions(flags: ExecFlags, env: NodeJS.ProcessEnv): ExecOptions {
  return {
    url: flags.url,
    token: readServiceToken(flags.tokenFile, env),
    backendProfile: flags.profile,
    isQuiet: flags.quiet ?? false,
    waitMs: flags.wait * 1_000,
    maxHeldBytes: flags.buffer * 1024 * 1024,
    isMerged: flags.merge ?? false,
  };
}
