import { type ExecFlags, readTurnOptions, readWorkerOptions } from "./exec/options.js";
import { runTurn } from "./exec/run.js";
import { runWorker } from "./worker/worker.js";

/** Runs a process as an agent's turn and ends with its exit code; with a queue one for each of its tasks, until a signal. */
export async function exec(argv: string[], flags: ExecFlags): Promise<void> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error("exec needs a command: agentrun-graph exec -- COMMAND ARGS");
  const code =
    flags.queue === undefined
      ? await runTurn([program, ...args], readTurnOptions(flags, process.env))
      : await runWorker([program, ...args], readWorkerOptions(flags.queue, flags, process.env));
  // Requests that nobody waits for any more must not keep us.
  process.exit(code);
}
