import { GraphRequestError } from "../../client/graph-request-error.js";
import { createTransport } from "../../client/transport.js";
import { Child, type ChildExit } from "./child.js";
import { createNotices } from "./notices.js";
import type { ExecOptions } from "./options.js";
import { describeExit, exitCodeOf, resultOf } from "./outcome.js";
import { PassThrough } from "./pass-through.js";
import { Recording } from "./recording.js";
import { RunHold } from "./run-hold.js";
import { forwardSignals } from "./signals.js";
import { type OpenTurn, openTurn } from "./turn.js";

/** The exit code where the service refuses what exec needs. */
const failureCode = 1;

/** Runs the program as a turn of its session, to the end. Gives the exit code: the process's, 1 where it cannot be recorded. */
export async function runTurn(argv: readonly [string, ...string[]], options: ExecOptions): Promise<number> {
  const notices = createNotices(options.isQuiet);
  const turn = await openInTime(argv, options);
  const { url, sessionId } = options;
  notices.say(
    `session ${sessionId}, run ${turn.runId}; follow it: subscription { runEvents(runId: "${turn.runId}") { events { payload } } } at ${url}`,
  );

  const giveUp = new AbortController();
  const hold = new RunHold(createTransport(options), turn, { ...notices, signal: giveUp.signal });
  const startedAt = Date.now();
  let child: Child | undefined;
  const recording = new Recording(hold, turn.commandId, options.maxHeldBytes, {
    setFull(isFull) {
      for (const stream of ["stdout", "stderr"] as const) {
        if (isFull) child?.block(stream, "buffer");
        else child?.unblock(stream, "buffer");
      }
    },
    interrupt: () => child?.signal("SIGINT"),
    stop({ message }) {
      notices.warn(child && !child.hasEnded ? `${message}: stopping the process` : message);
      child?.stop();
    },
  });
  const passThrough = new PassThrough();
  const started = await Child.start(argv, (stream, chunk) => {
    passThrough.write(stream, chunk);
    recording.push(stream, chunk);
  });

  let exit: ChildExit;
  if (started instanceof Child) {
    child = started;
    passThrough.attach(child);
    forwardSignals(child, () => giveUp.abort());
    if (recording.reason) child.stop();
    exit = await child.exit;
  } else {
    exit = started;
    const line = Buffer.from(`agentrun-graph exec: ${argv[0]} ${describeExit(exit)}\n`);
    passThrough.write("stderr", line);
    recording.push("stderr", line);
  }
  const stopped = recording.reason;
  const code = exitCodeOf(exit);
  const status = await recording.finish(code, resultOf(exit));
  const { bytes, events } = recording.delivery;
  const spentSeconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  notices.say(
    `${describeExit(exit)} after ${spentSeconds} s, ${bytes} bytes in ${events} events; the run is ${status ?? "not finished"}`,
  );
  if (status === undefined && recording.heldBytes > 0)
    notices.warn(`${recording.heldBytes} bytes were not stored`);
  await passThrough.flush();
  if (stopped?.kind === "REFUSED") return failureCode;
  return stopped?.kind === "LOST" ? code || failureCode : code;
}

/** Opens the turn, or says why the command is not run. */
async function openInTime(argv: readonly [string, ...string[]], options: ExecOptions): Promise<OpenTurn> {
  const { url, token, waitMs } = options;
  const deadlineAt = Date.now() + waitMs;
  const client = createTransport({ url, token, timeoutMs: Math.max(waitMs, 1_000) });
  try {
    return await openTurn(client, { argv, ...options }, { deadlineAt });
  } catch (error) {
    if (!(error instanceof GraphRequestError)) throw error;
    const waited = error.retryable ? ` (waited ${waitMs / 1_000} s)` : "";
    throw new Error(`the command was not run: ${error.message}${waited}`, { cause: error });
  }
}
