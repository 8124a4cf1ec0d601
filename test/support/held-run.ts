import WebSocket from "ws";
import {
  type Client,
  GraphRequestError,
  type HeldRun,
  type RunnerOptions,
  createClient,
  createRunner,
} from "../../src/client/client.js";
import { found } from "./found.js";
import { openNode, passLease } from "./node.js";
import type { Asks, TestService } from "./start-service.js";
import { createSession, uniqueName } from "./work.js";

/** A run with a turn, in a profile of its own. */
export async function createTurn(asks: Asks, prompt = "one"): Promise<{ profile: string; runId: string }> {
  const profile = uniqueName("profile");
  const { runId } = await createSession(asks, {}, { backendProfile: profile, turn: { payload: { prompt } } });
  return { profile, runId };
}

/** A client of the service. */
export function clientOf({ url }: { url: string }, token?: string): Client {
  return createClient({ url, webSocket: WebSocket, ...(token === undefined ? {} : { token }) });
}

/** Claims the run that waits in a profile, as the client's runner does. */
export async function holdNext(
  client: Client,
  profile: string,
  options: RunnerOptions = {},
): Promise<HeldRun> {
  return found(await createRunner(client, { ...options, backendProfiles: [profile] }).claimNext());
}

/** The next commands of a run, as words. */
export async function nextCommands(run: HeldRun, count: number): Promise<string[]> {
  const commands: string[] = [];
  for await (const { type, text } of run.commands())
    if (commands.push(`${type} ${text}`) === count) return commands;
  return commands;
}

/** The code of a GraphRequestError; any other error as it is. */
export function codeOfError(error: unknown): unknown {
  return error instanceof GraphRequestError ? error.code : error;
}

/** Lets the lease of a run run out. */
export async function letLeasePass(service: TestService, runId: string): Promise<void> {
  const node = openNode(service);
  await passLease(node, runId);
  await node.pool.end();
}
