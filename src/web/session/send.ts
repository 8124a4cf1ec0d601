import { GraphRequestError, type InboxSession, type StoreClient } from "../../client/client.js";
import { graphql } from "../../generated/web/gql.js";

const createTurnDocument = graphql(`
  mutation PageCreateCommand($input: CreateCommandInput!) {
    createCommand(input: $input) {
      command {
        id
      }
    }
  }
`);

const createRunDocument = graphql(`
  mutation PageCreateRun($input: CreateRunInput!) {
    createRun(input: $input) {
      run {
        id
      }
    }
  }
`);

/** A key that makes it safe to send the same again. `crypto.randomUUID` is missing where the page came over plain HTTP. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** The session's run that works, else the last one if it still goes on; undefined where a turn needs a new one. */
function liveRunOf({ activeRun, lastRun }: InboxSession): { id: string } | undefined {
  if (activeRun) return activeRun;
  return lastRun && lastRun.terminalStatus === null && ["PENDING", "CLAIMED"].includes(lastRun.status)
    ? lastRun
    : undefined;
}

/** Whether the agent works, so that what is said now is taken into account in that work. */
export function isAtWork(session: InboxSession): boolean {
  return session.executionState === "RUNNING" && liveRunOf(session) !== undefined;
}

/** What a person says, as it is sent: the same each time it is called, however the session stands then. */
export type Saying = (client: StoreClient) => Promise<unknown>;

/** Makes of what a person says a part of the work that is under way, a turn of the run, or one of a new run. */
export function sayingOf(session: InboxSession, prompt: string): Saying {
  const idempotencyKey = newKey();
  const run = liveRunOf(session);
  if (run) {
    const type = isAtWork(session) ? "STEER" : "TURN";
    const input = { runId: run.id, type, payload: { prompt }, idempotencyKey } as const;
    return (client) => client.request(createTurnDocument, { input });
  }
  const { projectId, backendProfile, sessionId } = session;
  const turn = { payload: { prompt } };
  const input = { projectId, backendProfile, session: { sessionId }, turn, idempotencyKey };
  return (client) => client.request(createRunDocument, { input });
}

/** Whether what was sent may have been taken although no answer came: then only the same may be sent again. */
export function isLost(error: unknown): boolean {
  return !(error instanceof GraphRequestError) || error.retryable || error.code === "INTERNAL_SERVER_ERROR";
}

/** Asks the agent to stop what it does. */
export async function interrupt(client: StoreClient, session: InboxSession): Promise<void> {
  const run = liveRunOf(session);
  if (!run) return;
  await client.request(createTurnDocument, { input: { runId: run.id, type: "INTERRUPT", payload: {} } });
}
