import type { TestService } from "./start-service.js";

type Asks = Pick<TestService, "ask">;

const attention = `{ readerId state reason since active unread readVersion readAt markedUnread archivedAt snoozedUntil pinnedAt }`;
const counts = `{ active unread read needsInput archived snoozed total }`;

/** How a session stands with a reader, the viewer where nobody is named, and which version it has. */
export async function readAttention({ ask }: Asks, sessionId: string, readerId?: string): Promise<any> {
  const data = await ask(
    `query ($sessionId: String!, $readerId: String) {
      session(by: { sessionId: $sessionId }) { version attention(readerId: $readerId) ${attention} } }`,
    { sessionId, readerId },
  );
  return { ...data.session.attention, version: data.session.version };
}

/** The mutations with which a reader marks one session. */
type Marking = "markSessionRead" | "markSessionUnread" | "archiveSession" | "snoozeSession" | "pinSession";

/** Marks a session, and gives the counts that come with the answer. */
export async function mark(
  { ask }: Asks,
  marking: Marking,
  sessionId: string,
  input: object = {},
): Promise<any> {
  const type = `${marking.charAt(0).toUpperCase()}${marking.slice(1)}Input!`;
  const data = await ask(
    `mutation ($input: ${type}) { ${marking}(input: $input) { session { sessionId } counts ${counts} } }`,
    { input: { session: { sessionId }, ...input } },
  );
  return data[marking].counts;
}

/** The names of the sessions that a reader's list holds, in its order. */
export async function listSessions(
  { ask }: Asks,
  filter: object,
  options: { readerId?: string; orderBy?: string } = {},
): Promise<string[]> {
  const data = await ask(
    `query ($filter: SessionFilter, $readerId: String, $orderBy: SessionOrder) {
      sessions(first: 100, filter: $filter, readerId: $readerId, orderBy: $orderBy) { nodes { sessionId } } }`,
    { filter, ...options },
  );
  return data.sessions.nodes.map((node: { sessionId: string }) => node.sessionId);
}

/** The counts of a reader's inbox. */
export async function readCounts({ ask }: Asks, filter: object, readerId?: string): Promise<any> {
  const data = await ask(
    `query ($filter: SessionFilter, $readerId: String) { inboxCounts(filter: $filter, readerId: $readerId) ${counts} }`,
    { filter, readerId },
  );
  return data.inboxCounts;
}
