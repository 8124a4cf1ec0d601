import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import {
  acknowledgeCommandDocument,
  createCommandDocument,
  finishCommandDocument,
} from "../operations/command.js";
import { type RetryOptions, retry } from "../../client/retry.js";
import { createRunDocument, finishRunDocument } from "../operations/run.js";
import { registerRunnerDocument } from "../operations/runner.js";
import type { GraphClient } from "../../client/transport.js";
import type { RunStatus, TurnResultInput } from "../../generated/documents/graphql.js";
import { turnPayload } from "./command-line.js";
import { type ClaimedRun, type RunHold, requestClaim } from "./run-hold.js";

/** The command that a turn runs, and the names under which it runs. */
export interface TurnRequest {
  argv: readonly [string, ...string[]];
  sessionId: string;
  projectId: string;
  backendProfile: string;
  /** The runner that claims the run: the id that {@link registerRunner} gave. */
  runnerId: string;
  /** The title of a new session. Default: the command line. */
  title?: string | undefined;
  /** After how many expired leases the run fails. Default: that of the service. */
  maxAttempts?: number;
  /** What the turn's payload says besides the command line. */
  facts?: object;
}

/** A turn that is acknowledged, in a run that we have claimed. */
export interface OpenTurn extends ClaimedRun {
  commandId: string;
}

/** Registers this process as a runner and gives its id. */
export async function registerRunner(
  client: GraphClient,
  { backendProfile, facts = {} }: { backendProfile: string; facts?: object },
  options: RetryOptions,
): Promise<string> {
  const id = `rnr_exec-${randomUUID()}`;
  const name = `exec@${hostname()}`.slice(0, 200);
  const attributes = { pid: process.pid, ...facts };
  const runner = { id, name, backendProfiles: [backendProfile], attributes };
  await retry(() => client.request(registerRunnerDocument, { input: runner }), options);
  return id;
}

/**
 * Creates a run and a turn in it, claims the run and acknowledges the turn. Each step is one that may be sent twice.
 */
export async function openTurn(
  client: GraphClient,
  { argv, sessionId, projectId, backendProfile, runnerId, title, maxAttempts, facts }: TurnRequest,
  options: RetryOptions,
): Promise<OpenTurn> {
  const key = `exec-${randomUUID()}`;
  const session = { sessionId, ...(title === undefined ? {} : { metadata: { title } }) };
  const run = { projectId, backendProfile, session, maxAttempts, idempotencyKey: key };
  const { createRun } = await retry(() => client.request(createRunDocument, { input: run }), options);
  const runId = createRun.run.id;

  const payload = turnPayload(argv, process.cwd(), facts);
  const command = { runId, type: "TURN" as const, payload, idempotencyKey: key };
  const { createCommand } = await retry(
    () => client.request(createCommandDocument, { input: command }),
    options,
  );
  const commandId = createCommand.command.id;

  const leaseToken = await retry(() => requestClaim(client, { runId, runnerId }), options);
  const taken = { commandId, leaseToken };
  await retry(() => client.request(acknowledgeCommandDocument, { input: taken }), options);
  return { runId, runnerId, commandId, leaseToken };
}

/** The end of a run whose turn was cancelled while the run was not. */
const cancelled: TurnResultInput = {
  terminalStatus: "CANCELLED",
  failureKind: "CANCELLED",
  failureMessage: "the turn was cancelled",
};

/** Ends the turn, and then its run in the same way. What has ended already stays as it is. Gives the run's status. */
export async function finishTurn(
  hold: RunHold,
  commandId: string,
  result: TurnResultInput,
): Promise<RunStatus> {
  const { finishCommand } = await hold.write((leaseToken) =>
    hold.client.request(finishCommandDocument, { input: { commandId, result, leaseToken } }),
  );
  const end = finishCommand.command.state === "CANCELLED" ? cancelled : result;
  const { finishRun } = await hold.write((leaseToken) =>
    hold.client.request(finishRunDocument, { input: { runId: hold.runId, result: end, leaseToken } }),
  );
  return finishRun.run.status;
}
