import type { InboxSession, StoreClient } from "../../client/client.js";
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
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** The session's run that still goes on; undefined where a turn needs a new one. */
export function liveRunOf({ lastRun }: InboxSession): { id: string } | undefined {
  return lastRun && lastRun.terminalStatus === null && ["PENDING", "CLAIMED"].includes(lastRun.status)
    ? lastRun
    : undefined;
}

/** Whether the agent works, so that what is said now is taken into account in that work. */
export function isAtWork(session: InboxSession): boolean {
  return session.executionState === "RUNNING" && liveRunOf(session) !== undefined;
}

/** Sends what a person says to the agent: into the work that is under way, as a turn of the run, or as one of a new run. */
export async function send(
  client: StoreClient,
  session: InboxSession,
  prompt: string,
  idempotencyKey: string,
): Promise<void> {
  const run = liveRunOf(session);
  if (run) {
    const type = isAtWork(session) ? "STEER" : "TURN";
    const input = { runId: run.id, type, payload: { prompt }, idempotencyKey } as const;
    await client.request(createTurnDocument, { input });
    return;
  }
  const { projectId, backendProfile, sessionId } = session;
  const turn = { payload: { prompt } };
  const input = { projectId, backendProfile, session: { sessionId }, turn, idempotencyKey };
  await client.request(createRunDocument, { input });
}

/** Asks the agent to stop what it does. */
export async function interrupt(client: StoreClient, session: InboxSession): Promise<void> {
  const run = liveRunOf(session);
  if (!run) return;
  await client.request(createTurnDocument, { input: { runId: run.id, type: "INTERRUPT", payload: {} } });
}
