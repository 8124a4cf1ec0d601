import { constants } from "node:os";
import { GraphRequestError } from "../../client/graph-request-error.js";
import { createTransport } from "../../client/transport.js";
import { type Notices, createNotices } from "./notices.js";
import type { TurnOptions } from "./options.js";
import { resultOf } from "./outcome.js";
import { PassThrough } from "./pass-through.js";
import { assertTerminalAvailable } from "./pseudo-terminal.js";
import { recordProcess } from "./record-process.js";
import { RunHold } from "./run-hold.js";
import { TurnSignals } from "./signals.js";
import { type OpenTurn, openTurn, registerRunner } from "./turn.js";

/** The exit code if the service refuses what exec needs. */
const failureCode = 1;

/**
 * Runs the program as a turn of its session, to the end. Gives the exit code: that of the process, or 1 if the service
 * refused to record it. If the run was lost, an exit code of 0 becomes 1 too. If a signal came before there was a
 * process, 128 and its number.
 */
export async function runTurn(argv: readonly [string, ...string[]], options: TurnOptions): Promise<number> {
  const notices = createNotices(options.isQuiet, "output is kept");
  const signals = new TurnSignals(notices);
  if (options.hasTerminal) assertTerminalAvailable();
  const cutOff = signals.cutOff.then(() => earlyCode(signals) ?? failureCode);
  return Promise.race([runProgram(argv, options, notices, signals), cutOff]);
}

async function runProgram(
  argv: readonly [string, ...string[]],
  options: TurnOptions,
  notices: Notices,
  signals: TurnSignals,
): Promise<number> {
  const turn = await openInTime(argv, options, signals);
  if (!turn) {
    notices.say(`${signals.early} came before the command was run, and what was begun is cancelled`);
    return earlyCode(signals) ?? failureCode;
  }
  const { url, sessionId } = options;
  notices.say(
    `session ${sessionId}, run ${turn.runId}; follow it: subscription { runEvents(runId: "${turn.runId}") { events { payload } } } at ${url}`,
  );

  const { code, stopped } = await recordProcess({
    ...options,
    argv,
    hold: new RunHold(createTransport(options), turn, { ...notices, signal: signals.gaveUp }),
    commandId: turn.commandId,
    notices,
    passThrough: new PassThrough(true, signals.gaveUp),
    onStarted: (child) => signals.attach(child),
    resultOf,
  });
  if (stopped?.kind === "REFUSED") return failureCode;
  return stopped?.kind === "LOST" ? code || failureCode : code;
}

function earlyCode({ early }: TurnSignals): number | undefined {
  return early && 128 + constants.signals[early];
}

/**
 * Opens the turn before the wait is over, or throws an Error that says why the command was not run. Gives undefined if
 * a signal came.
 */
async function openInTime(
  argv: readonly [string, ...string[]],
  options: TurnOptions,
  { asked: signal }: TurnSignals,
): Promise<OpenTurn | undefined> {
  const { url, token, backendProfile, waitMs } = options;
  const retrying = { deadlineAt: Date.now() + waitMs, signal };
  const client = createTransport({ url, token, timeoutMs: Math.max(waitMs, 1_000) });
  try {
    const runnerId = await registerRunner(client, { backendProfile }, retrying);
    return await openTurn(client, { argv, runnerId, ...options }, retrying);
  } catch (error) {
    if (!(error instanceof GraphRequestError)) throw error;
    if (signal.aborted && error.retryable) return undefined;
    const waited = error.retryable ? ` (waited ${waitMs / 1_000} s)` : "";
    throw new Error(`the command was not run: ${error.message}${waited}`, { cause: error });
  }
}
