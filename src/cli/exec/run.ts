import { GraphRequestError } from "../../client/graph-request-error.js";
import { createTransport } from "../../client/transport.js";
import { createNotices } from "./notices.js";
import type { TurnOptions } from "./options.js";
import { resultOf } from "./outcome.js";
import { PassThrough } from "./pass-through.js";
import { recordProcess } from "./record-process.js";
import { RunHold } from "./run-hold.js";
import { forwardSignals } from "./signals.js";
import { type OpenTurn, openTurn, registerRunner } from "./turn.js";

/** The exit code if the service refuses what exec needs. */
const failureCode = 1;

/**
 * Runs the program as a turn of its session, to the end. Gives the exit code: that of the process, or 1 if the service
 * refused to record it. If the run was lost, an exit code of 0 becomes 1 too.
 */
export async function runTurn(argv: readonly [string, ...string[]], options: TurnOptions): Promise<number> {
  const notices = createNotices(options.isQuiet, "output is kept");
  const turn = await openInTime(argv, options);
  const { url, sessionId, maxHeldBytes } = options;
  notices.say(
    `session ${sessionId}, run ${turn.runId}; follow it: subscription { runEvents(runId: "${turn.runId}") { events { payload } } } at ${url}`,
  );

  const giveUp = new AbortController();
  const { code, stopped } = await recordProcess({
    argv,
    hold: new RunHold(createTransport(options), turn, { ...notices, signal: giveUp.signal }),
    commandId: turn.commandId,
    maxHeldBytes,
    notices,
    passThrough: new PassThrough(true),
    onStarted: (child) => forwardSignals(child, () => giveUp.abort()),
    resultOf,
  });
  if (stopped?.kind === "REFUSED") return failureCode;
  return stopped?.kind === "LOST" ? code || failureCode : code;
}

/** Opens the turn before the wait is over, or throws an Error that says why the command was not run. */
async function openInTime(argv: readonly [string, ...string[]], options: TurnOptions): Promise<OpenTurn> {
  const { url, token, backendProfile, waitMs } = options;
  const deadlineAt = Date.now() + waitMs;
  const client = createTransport({ url, token, timeoutMs: Math.max(waitMs, 1_000) });
  try {
    const runnerId = await registerRunner(client, { backendProfile }, { deadlineAt });
    return await openTurn(client, { argv, runnerId, ...options }, { deadlineAt });
  } catch (error) {
    if (!(error instanceof GraphRequestError)) throw error;
    const waited = error.retryable ? ` (waited ${waitMs / 1_000} s)` : "";
    throw new Error(`the command was not run: ${error.message}${waited}`, { cause: error });
  }
}
