import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import type {
  AppendEventsInput,
  CommandType,
  CreateRunInput,
  SessionRefInput,
  TurnResultInput,
} from "../generated/documents/graphql.js";
import { found } from "./found.js";
import { graphql } from "./graphql.js";
import type { Asks } from "./start-service.js";

const createRunDocument = graphql(`
  mutation CreateRun($input: CreateRunInput!) { createRun(input: $input) { run { id } } }
`);

/** Creates a run, in a session where one is named, and gives its id. */
export async function createRun({ ask }: Asks, input: Partial<CreateRunInput> = {}): Promise<string> {
  const data = await ask(createRunDocument, {
    input: { projectId: "p", backendProfile: "codex", ...input },
  });
  return data.createRun.run.id;
}

/** Creates a session by its first run, and gives the names of both. */
export async function createSession(
  asks: Asks,
  session: Partial<SessionRefInput> = {},
  input: Partial<CreateRunInput> = {},
): Promise<{ sessionId: string; runId: string }> {
  const sessionId = uniqueName("session");
  return { sessionId, runId: await createRun(asks, { session: { sessionId, ...session }, ...input }) };
}

const createCommandDocument = graphql(`
  mutation CreateCommand($input: CreateCommandInput!) { createCommand(input: $input) { command { id } } }
`);

/** Creates a command and gives its id. */
export async function createCommand(
  { ask }: Asks,
  runId: string,
  type: CommandType = "TURN",
  payload: unknown = {},
): Promise<string> {
  const data = await ask(createCommandDocument, { input: { runId, type, payload } });
  return data.createCommand.command.id;
}

const registerRunnerDocument = graphql(`
  mutation RegisterWorker { registerRunner(input: { name: "worker" }) { runner { id } } }
`);

/** Registers a runner and gives its id. */
export async function registerRunner({ ask }: Asks): Promise<string> {
  const data = await ask(registerRunnerDocument);
  return data.registerRunner.runner.id;
}

const claimDocument = graphql(`
  mutation ClaimRun($input: ClaimRunInput!) { claimRun(input: $input) { leaseToken } }
`);

/** Claims a run for a runner (a new one unless named) and gives both with the token. */
export async function claim(
  asks: Asks,
  runId: string,
  options: { runnerId?: string; leaseSeconds?: number } = {},
): Promise<{ runnerId: string; leaseToken: string }> {
  const runnerId = options.runnerId ?? (await registerRunner(asks));
  const data = await asks.ask(claimDocument, { input: { ...options, runId, runnerId } });
  return { runnerId, leaseToken: found(data.claimRun.leaseToken) };
}

const appendDocument = graphql(`
  mutation AppendEvents($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq } }
`);

/** Appends events of any type and gives the seq of the last. */
export async function appendEvents({ ask }: Asks, input: AppendEventsInput): Promise<number> {
  return (await ask(appendDocument, { input })).appendEvents.lastSeq;
}

/** Appends assistant messages and gives the seq of the last. */
export async function append(
  asks: Asks,
  runId: string,
  texts: readonly string[],
  extra: Partial<AppendEventsInput> = {},
): Promise<number> {
  const events = texts.map((text) => ({ type: "ASSISTANT_MESSAGE" as const, payload: { text } }));
  return appendEvents(asks, { runId, events, ...extra });
}

/** Asks a person for an answer (or an approval), as an agent does. */
export async function askForInput(
  asks: Asks,
  runId: string,
  kind = "question",
  extra: Partial<AppendEventsInput> = {},
): Promise<void> {
  const events = [{ type: "INPUT_REQUEST" as const, payload: { kind, prompt: "Go on?" } }];
  await appendEvents(asks, { runId, events, ...extra });
}

const acknowledgeDocument = graphql(`
  mutation AcknowledgeCommand($input: AcknowledgeCommandInput!) {
    acknowledgeCommand(input: $input) { command { id } }
  }
`);

/** Acknowledges a command. */
export async function acknowledgeCommand({ ask }: Asks, commandId: string): Promise<void> {
  await ask(acknowledgeDocument, { input: { commandId } });
}

const finishRunDocument = graphql(`
  mutation FinishRun($input: FinishRunInput!) { finishRun(input: $input) { run { id } } }
`);

/** Ends a run. */
export async function finishRun(
  { ask }: Asks,
  runId: string,
  result: TurnResultInput = { terminalStatus: "COMPLETED" },
): Promise<void> {
  await ask(finishRunDocument, { input: { runId, result } });
}

const finishCommandDocument = graphql(`
  mutation FinishCommand($input: FinishCommandInput!) { finishCommand(input: $input) { command { id } } }
`);

/** Ends a command. */
export async function finishCommand(
  { ask }: Asks,
  commandId: string,
  result: TurnResultInput = { terminalStatus: "COMPLETED" },
): Promise<void> {
  await ask(finishCommandDocument, { input: { commandId, result } });
}

const cancelCommandDocument = graphql(`
  mutation CancelCommand($input: CancelCommandInput!) { cancelCommand(input: $input) { command { id } } }
`);

/** Cancels a command. */
export async function cancelCommand({ ask }: Asks, commandId: string, reason?: string): Promise<void> {
  await ask(cancelCommandDocument, { input: { commandId, reason } });
}

const cancelRunDocument = graphql(`
  mutation CancelRun($input: CancelRunInput!) { cancelRun(input: $input) { run { id } } }
`);

/** Cancels a run. */
export async function cancelRun({ ask }: Asks, runId: string, reason?: string): Promise<void> {
  await ask(cancelRunDocument, { input: { runId, reason } });
}

const sessionOfDocument = graphql(`query SessionOf($runId: ID!) { run(id: $runId) { session { id } } }`);

/** The id of a run's session. */
export async function sessionOf({ ask }: Asks, runId: string): Promise<string> {
  return found((await ask(sessionOfDocument, { runId })).run?.session).id;
}

const readSessionDocument = graphql(`
  query ReadSession($sessionId: String!) {
    session(by: { sessionId: $sessionId }) {
      id title metadata version executionState active terminalStatus failureKind lastEventSeq threadId
      conversationId lastActivityAt updatedAt createdAt expiresAt lastRun { id } activeRun { id }
      lastCommand { id } activeCommand { id }
    }
  }
`);

/** A session's fields that its life changes. */
export async function readSession({ ask }: Asks, sessionId: string) {
  return found((await ask(readSessionDocument, { sessionId })).session);
}

const readEventsDocument = graphql(`
  query ReadEvents($id: ID!) {
    run(id: $id) { events(first: 500) { nodes { id seq sessionSeq type payload redactionCount } } }
  }
`);

/** What an event holds: anything, and by these names text. */
type Payload = Record<string, unknown> & { phase?: string; text?: string };

/** All events of a run. */
export async function readEvents({ ask }: Asks, runId: string) {
  const { run } = await ask(readEventsDocument, { id: runId });
  return found(run).events.nodes.map((event) => ({
    ...event,
    payload: event.payload as Payload,
  }));
}

/** Does something many times, some at once: all at once would be more than a tenant's share on a busy machine. */
export function times<Result>(count: number, work: () => Promise<Result>): Promise<Result[]> {
  const limit = pLimit(8);
  return Promise.all(Array.from({ length: count }, () => limit(work)));
}

/** A name that nothing else has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}
