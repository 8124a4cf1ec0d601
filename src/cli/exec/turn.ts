import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import {
  acknowledgeCommandDocument,
  createCommandDocument,
  finishCommandDocument,
} from "../../client/command-documents.js";
import { type RetryOptions, retry } from "../../client/retry.js";
import { createRunDocument, finishRunDocument } from "../../client/run-documents.js";
import { registerRunnerDocument } from "../../client/runner-documents.js";
import type { GraphClient } from "../../client/transport.js";
import type { RunStatus, TurnResultInput } from "../../generated/documents/graphql.js";
import { turnPayload } from "./command-line.js";
import { type ClaimedRun, type RunHold, requestClaim } from "./run-hold.js";

/** What is to run, and under which names. */
export interface TurnRequest {
  argv: readonly [string, ...string[]];
  sessionId: string;
  projectId: string;
  backendProfile: string;
  /** The title of a new session. Default: the command line. */
  title?: string;
}

/** A turn that is acknowledged, in a run that is claimed. */
export interface OpenTurn extends ClaimedRun {
  commandId: string;
}

/** Creates runner, run and turn, and takes them. Each step is one that may be sent twice. */
export async function openTurn(
  client: GraphClient,
  { argv, sessionId, projectId, backendProfile, title }: TurnRequest,
  options: RetryOptions,
): Promise<OpenTurn> {
  const key = `exec-${randomUUID()}`;
  const runnerId = `rnr_${key}`;
  const name = `exec@${hostname()}`.slice(0, 200);
  const runner = { id: runnerId, name, backendProfiles: [backendProfile], attributes: { pid: process.pid } };
  await retry(() => client.request(registerRunnerDocument, { input: runner }), options);

  const session = { sessionId, ...(title === undefined ? {} : { metadata: { title } }) };
  const run = { projectId, backendProfile, session, idempotencyKey: key };
  const { createRun } = await retry(() => client.request(createRunDocument, { input: run }), options);
  const runId = createRun.run.id;

  const payload = turnPayload(argv, process.cwd());
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

/** How a turn ends that was cancelled while its run was not. */
const cancelled: TurnResultInput = {
  terminalStatus: "CANCELLED",
  failureKind: "CANCELLED",
  failureMessage: "the turn was cancelled",
};

/** Ends the turn, then its run likewise; what has ended already stays as it is. Gives what the run is now. */
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
