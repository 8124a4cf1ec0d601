import { randomUUID } from "node:crypto";
import type { TestService } from "./start-service.js";

type Asks = Pick<TestService, "ask">;

/** Creates a run, in a session where one is named, and gives its id. */
export async function createRun({ ask }: Asks, input: Record<string, unknown> = {}): Promise<string> {
  const data = await ask(`mutation ($input: CreateRunInput!) { createRun(input: $input) { run { id } } }`, {
    input: { projectId: "p", backendProfile: "codex", ...input },
  });
  return data.createRun.run.id;
}

/** Creates a session by its first run, and gives the names of both. */
export async function createSession(
  asks: Asks,
  session: Record<string, unknown> = {},
  input: Record<string, unknown> = {},
): Promise<{ sessionId: string; runId: string }> {
  const sessionId = uniqueName("session");
  return { sessionId, runId: await createRun(asks, { session: { sessionId, ...session }, ...input }) };
}

/** Creates a command and gives its id. */
export async function createCommand(
  { ask }: Asks,
  runId: string,
  type = "TURN",
  payload: unknown = {},
): Promise<string> {
  const data = await ask(
    `mutation ($input: CreateCommandInput!) { createCommand(input: $input) { command { id } } }`,
    { input: { runId, type, payload } },
  );
  return data.createCommand.command.id;
}

/** Registers a runner and gives its id. */
export async function registerRunner({ ask }: Asks): Promise<string> {
  const data = await ask(`mutation { registerRunner(input: { name: "worker" }) { runner { id } } }`);
  return data.registerRunner.runner.id;
}

/** Claims a run for a runner (a new one unless named) and gives both with the token. */
export async function claim(
  asks: Asks,
  runId: string,
  options: { runnerId?: string; leaseSeconds?: number } = {},
): Promise<{ runnerId: string; leaseToken: string }> {
  const runnerId = options.runnerId ?? (await registerRunner(asks));
  const data = await asks.ask(
    `mutation ($input: ClaimRunInput!) { claimRun(input: $input) { leaseToken } }`,
    { input: { ...options, runId, runnerId } },
  );
  return { runnerId, leaseToken: data.claimRun.leaseToken };
}

/** Appends assistant messages and gives the seq of the last. */
export async function append(
  { ask }: Asks,
  runId: string,
  texts: readonly string[],
  extra: object = {},
): Promise<number> {
  const events = texts.map((text) => ({ type: "ASSISTANT_MESSAGE", payload: { text } }));
  const data = await ask(
    `mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`,
    { input: { runId, events, ...extra } },
  );
  return data.appendEvents.lastSeq;
}

/** Asks a person for an answer (or an approval), as an agent does. */
export async function askForInput(
  { ask }: Asks,
  runId: string,
  kind = "question",
  extra: object = {},
): Promise<void> {
  const events = [{ type: "INPUT_REQUEST", payload: { kind, prompt: "Go on?" } }];
  await ask(`mutation ($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }`, {
    input: { runId, events, ...extra },
  });
}

/** Ends a run. */
export async function finishRun(
  { ask }: Asks,
  runId: string,
  result: object = { terminalStatus: "COMPLETED" },
): Promise<void> {
  await ask(`mutation ($input: FinishRunInput!) { finishRun(input: $input) { run { id } } }`, {
    input: { runId, result },
  });
}

/** Ends a command. */
export async function finishCommand(
  { ask }: Asks,
  commandId: string,
  result: object = { terminalStatus: "COMPLETED" },
): Promise<void> {
  await ask(`mutation ($input: FinishCommandInput!) { finishCommand(input: $input) { command { id } } }`, {
    input: { commandId, result },
  });
}

/** Cancels a command. */
export async function cancelCommand({ ask }: Asks, commandId: string, reason?: string): Promise<void> {
  await ask(`mutation ($input: CancelCommandInput!) { cancelCommand(input: $input) { command { id } } }`, {
    input: { commandId, reason },
  });
}

/** Cancels a run. */
export async function cancelRun({ ask }: Asks, runId: string, reason?: string): Promise<void> {
  await ask(`mutation ($input: CancelRunInput!) { cancelRun(input: $input) { run { id } } }`, {
    input: { runId, reason },
  });
}

/** A session's fields that its life changes. */
export async function readSession({ ask }: Asks, sessionId: string): Promise<any> {
  const data = await ask(
    `query ($sessionId: String!) { session(by: { sessionId: $sessionId }) {
      id title metadata version executionState active terminalStatus failureKind lastEventSeq threadId conversationId
      lastActivityAt updatedAt createdAt expiresAt
      lastRun { id } activeRun { id } lastCommand { id } activeCommand { id }
    } }`,
    { sessionId },
  );
  return data.session;
}

/** All events of a run. */
export async function readEvents({ ask }: Asks, runId: string): Promise<any[]> {
  const data = await ask(
    `query ($id: ID!) { run(id: $id) { events(first: 500) { nodes { id seq sessionSeq type payload redactionCount } } } }`,
    { id: runId },
  );
  return data.run.events.nodes;
}

/** A name that nothing else has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}
