import { plainLine } from "../terminal.js";
import type { RunStatus, TurnResultInput } from "../../generated/documents/graphql.js";
import { Child } from "./child.js";
import type { ChildExit } from "./child-exit.js";
import type { Notices } from "./notices.js";
import { describeExit, exitCodeOf } from "./outcome.js";
import type { PassThrough } from "./pass-through.js";
import { Recording, type StopReason } from "./recording.js";
import type { RunHold } from "./run-hold.js";
import type { ProcessOptions } from "./start-process.js";

/** The process that is recorded, the run and turn that record it, and what looks after it. */
export interface ProcessRecord extends ProcessOptions {
  argv: readonly [string, ...string[]];
  /** The claimed run. `commandId` is the turn in it. */
  hold: RunHold;
  commandId: string;
  /** How much output to keep while the service is away, in bytes. */
  maxHeldBytes: number;
  notices: Notices;
  passThrough: PassThrough;
  /** Is called with the process once it runs. */
  onStarted: (child: Child) => void;
  /** Gives the result of the turn. */
  resultOf: (exit: ChildExit) => TurnResultInput;
}

/** How a recorded process ended. */
export interface ProcessEnd {
  exit: ChildExit;
  /** The exit code that a shell would give. */
  code: number;
  /** Why it was stopped. Undefined if it ended before there was a reason. */
  stopped: StopReason | undefined;
  /** The same as `stopped`, or else why its run could not be ended as it was meant to. */
  trouble: StopReason | undefined;
  /** The status of the run afterwards. Undefined if it is not known. */
  status: RunStatus | undefined;
}

/** Runs a program in a turn that is open, records what it prints, and ends the turn and its run. */
export async function recordProcess(record: ProcessRecord): Promise<ProcessEnd> {
  const { argv, hold, notices, passThrough } = record;
  const startedAt = performance.now();
  let child: Child | undefined;
  let isInterrupted = false;
  const recording = new Recording(hold, record.commandId, record.maxHeldBytes, {
    setFull(isFull) {
      for (const stream of ["stdout", "stderr"] as const) {
        if (isFull) child?.block(stream, "buffer");
        else child?.unblock(stream, "buffer");
      }
    },
    interrupt() {
      isInterrupted = true;
      child?.ask("SIGINT");
    },
    stop({ message }) {
      notices.warn(child && !child.hasEnded ? `${message}: stopping the process` : message);
      child?.stop();
    },
  });
  const started = await Child.start(argv, {
    ...record,
    onOutput(stream, chunk) {
      passThrough.write(stream, chunk);
      recording.push(stream, chunk);
    },
    onCut(isPrinting) {
      const line = "the process has left something running that holds its output, which is read no further";
      (isPrinting ? notices.warn : notices.say)(line);
    },
  });

  let exit: ChildExit;
  if (started instanceof Child) {
    child = started;
    passThrough.attach(child);
    record.onStarted(child);
    if (isInterrupted) child.ask("SIGINT");
    if (recording.reason) child.stop();
    exit = await child.exit;
  } else {
    exit = started;
    const line = Buffer.from(`agentrun-graph exec: ${plainLine(`${argv[0]} ${describeExit(exit)}`)}\n`);
    passThrough.write("stderr", line);
    recording.push("stderr", line);
  }
  const stopped = recording.reason;
  const code = exitCodeOf(exit);
  const status = await recording.finish(code, record.resultOf(exit));
  const { bytes, events } = recording.delivery;
  const spentSeconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  notices.say(
    `${describeExit(exit)} after ${spentSeconds} s, ${bytes} bytes in ${events} events; the run is ${status ?? "not finished"}`,
  );
  if (status === undefined && recording.heldBytes > 0)
    notices.warn(`${recording.heldBytes} bytes were not stored`);
  await passThrough.flush();
  return { exit, code, stopped, trouble: recording.reason, status };
}
