import type { BareEvent } from "./floor.js";

/** The body of an appendEvents call. */
export function appendBody(runId: string, events: readonly BareEvent[]): string {
  const query =
    "mutation Append($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq replayed } }";
  return JSON.stringify({ query, variables: { input: { runId, events } } });
}

/** The body of a call that begins a run in a new session. */
export function createRunBody(name: string): string {
  const query = "mutation Create($input: CreateRunInput!) { createRun(input: $input) { run { id } } }";
  const session = { sessionId: name, metadata: { title: "Mend the tests" } };
  return JSON.stringify({
    query,
    variables: { input: { projectId: "p3", backendProfile: "codex", session } },
  });
}

/** The body of a call that asks a turn of a run. */
export function createCommandBody(runId: string): string {
  const query =
    "mutation Ask($input: CreateCommandInput!) { createCommand(input: $input) { command { id } } }";
  return JSON.stringify({
    query,
    variables: { input: { runId, type: "TURN", payload: { prompt: "Go on" } } },
  });
}

/** The body of a call that says how a turn ended. */
export function finishCommandBody(commandId: string): string {
  const query =
    "mutation Finish($input: FinishCommandInput!) { finishCommand(input: $input) { command { id } } }";
  const result = { terminalStatus: "COMPLETED" };
  return JSON.stringify({ query, variables: { input: { commandId, result } } });
}

const sessionFields = `nodes { id sessionId title executionState lastActivityAt version lastRun { id status }
    lastCommand { id state } attention { state reason readVersion } } pageInfo { hasNextPage endCursor }`;

/** The body of a call for a page of sessions by activity. */
export const sessionsBody = JSON.stringify({
  query: `{ sessions(first: 20, filter: { state: ALL }, orderBy: LAST_ACTIVITY) { ${sessionFields} } }`,
});

/** The body of a call for the first page of an inbox, in the order of attention. */
export const inboxBody = JSON.stringify({ query: `{ sessions(first: 20) { ${sessionFields} } }` });

/** The body of a call for the figures of an inbox. */
export const countsBody = JSON.stringify({
  query: "{ inboxCounts { active unread read needsInput total } }",
});

/** The body of a call for a page of a run's events. */
export function eventsBody(runId: string): string {
  const query = `query Events($id: ID!) { run(id: $id) { events(first: 100) {
    nodes { id seq type payload createdAt } pageInfo { hasNextPage endCursor } } } }`;
  return JSON.stringify({ query, variables: { id: runId } });
}

/** The body of a call for one session by its id. */
export function nodeBody(sessionId: string): string {
  const query = `query Node($id: ID!) { node(id: $id) { id ... on Session {
    sessionId title executionState lastActivityAt version } } }`;
  return JSON.stringify({ query, variables: { id: sessionId } });
}

/** The body of a call for nothing at all. */
export const typenameBody = JSON.stringify({ query: "{ __typename }" });

/** The body of a call that reads nothing. */
export const viewerBody = JSON.stringify({ query: "{ viewer { tenantId } }" });
