import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { environmentWithoutToken } from "../service-token.js";
import { Guard } from "./guard.js";
import { openInputFile } from "./input-file.js";
import { openOutputPipes } from "./output-pipe.js";
import { readTerminalGroup, terminalCommand, terminalEnvironment } from "./pseudo-terminal.js";

/** What a process is given besides its arguments. */
export interface ProcessOptions {
  /** The whole text of its standard input. Default: see `stdin`. */
  input?: string | undefined;
  /** Its standard input if there is no `input`: our own, or one that is at its end. Default: our own. */
  stdin?: "inherit" | "none";
  /** If true, both of its streams are one, so that they keep one order. Default: false. */
  isMerged?: boolean;
  /** If true, its streams are a terminal, which is one stream too. Default: false. */
  hasTerminal?: boolean;
  /** What its environment has besides our own, of which it gets everything but the token. Default: nothing. */
  env?: NodeJS.ProcessEnv | undefined;
}

/** A process that runs in a group of its own. */
export interface StartedProcess {
  process: ChildProcess;
  /** The group of the program, and last that of the terminal that it runs in if there is one. */
  groupIds: readonly number[];
  /** Without `stderr` both streams are one. */
  streams: { stdout: Readable; stderr?: Readable };
  /** Ends the groups if we are killed. To be released once they are not ours any more. */
  guard: Guard;
}

/** Starts a program. Throws an Error that says why if it cannot be started. */
export async function startProcess(
  argv: readonly [string, ...string[]],
  options: ProcessOptions,
): Promise<StartedProcess> {
  const { input, stdin = "inherit", isMerged = false, hasTerminal = false } = options;
  const isOne = isMerged || hasTerminal;
  const pipes = openOutputPipes(isOne);
  if (!pipes && isMerged) throw new Error("--merge needs mkfifo(1), which is not here");
  const inputFile = input === undefined ? undefined : openInputFile(input);
  const [program, ...args] = hasTerminal ? terminalCommand(argv) : argv;
  const guard = new Guard();
  try {
    const stdout = pipes?.stdout.writableFd ?? "pipe";
    const started = spawn(program, args, {
      stdio: [
        inputFile?.fd ?? (stdin === "none" ? "ignore" : "inherit"),
        stdout,
        isOne ? stdout : (pipes?.stderr?.writableFd ?? "pipe"),
        ...(hasTerminal ? (["pipe"] as const) : []),
      ],
      detached: true,
      env: environmentWithoutToken({ ...options.env, ...(hasTerminal ? terminalEnvironment : {}) }),
    });
    if (started.pid !== undefined) guard.watch(started.pid);
    await once(started, "spawn");
    const groupIds = await groupsOf(started, guard);
    return { process: started, groupIds, streams: streamsOf(started, pipes, isOne), guard };
  } catch (error) {
    guard.release();
    pipes?.stdout.readable.destroy();
    pipes?.stderr?.readable.destroy();
    throw error;
  } finally {
    inputFile?.close();
    pipes?.stdout.closeWritable();
    pipes?.stderr?.closeWritable();
  }
}

async function groupsOf(started: ChildProcess, guard: Guard): Promise<number[]> {
  const own = started.pid ?? 0;
  const groupPipe = started.stdio[3] as Readable | null | undefined;
  const inner = groupPipe && (await readTerminalGroup(groupPipe));
  if (!inner) return [own];
  guard.watch(inner);
  return [inner, own];
}

function streamsOf(
  started: ChildProcess,
  pipes: ReturnType<typeof openOutputPipes>,
  isOne: boolean,
): StartedProcess["streams"] {
  const stdout = pipes?.stdout.readable ?? started.stdout;
  const stderr = pipes?.stderr?.readable ?? started.stderr;
  if (!stdout || (!stderr && !isOne)) throw new Error("the process has no output streams");
  return stderr ? { stdout, stderr } : { stdout };
}
