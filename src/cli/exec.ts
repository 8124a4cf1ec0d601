import { type ExecFlags, readExecOptions } from "./exec/options.js";
import { runTurn } from "./exec/run.js";

/** Runs a process as an agent's turn and ends with its exit code. */
export async function exec(argv: string[], flags: ExecFlags): Promise<void> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error("exec needs a command: agentrun-graph exec -- COMMAND ARGS");
  // Requests that nobody waits for any more must not keep us.
  process.exit(await runTurn([program, ...args], readExecOptions(flags, process.env)));
}
