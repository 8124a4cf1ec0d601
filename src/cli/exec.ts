import { type ExecFlags, readTurnOptions, readWorkerOptions } from "./exec/options.js";
import { runTurn } from "./exec/run.js";
import { runWorker } from "./worker/worker.js";

/**
 * Runs a process as an agent's turn, and ends with its exit code. With a queue, runs one for each task, until a
 * signal.
 */
export async function exec(argv: string[], flags: ExecFlags): Promise<void> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error("exec needs a command: agentrun-graph exec -- COMMAND ARGS");
  const code =
    flags.queue === undefined
      ? await runTurn([program, ...args], readTurnOptions(flags, process.env))
      : await runWorker([program, ...args], readWorkerOptions(flags.queue, flags, process.env));
  // Requests that nothing waits for any more must not keep this process alive.
  process.exit(code);
}
