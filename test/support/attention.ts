import type {
  ArchiveSessionInput,
  MarkSessionReadInput,
  MarkSessionsReadInput,
  PinSessionInput,
  SessionFilter,
  SessionOrder,
  SnoozeSessionInput,
} from "../generated/documents/graphql.js";
import { found } from "./found.js";
import { graphql } from "./graphql.js";
import type { Asks } from "./start-service.js";

graphql(`fragment Counts on InboxCounts { active unread read needsInput archived snoozed total }`);

const readAttentionDocument = graphql(`
  query ReadAttention($sessionId: String!, $readerId: String) {
    session(by: { sessionId: $sessionId }) {
      version
      attention(readerId: $readerId) {
        readerId state reason since active unread readVersion readAt markedUnread archivedAt snoozedUntil
        pinnedAt
      }
    }
  }
`);

/** How a session stands with a reader, the viewer where nobody is named, and which version it has. */
export async function readAttention({ ask }: Asks, sessionId: string, readerId?: string) {
  const session = found((await ask(readAttentionDocument, { sessionId, readerId })).session);
  return { ...session.attention, version: session.version };
}

/** The mutations with which a reader marks one session. */
const markings = {
  markSessionRead: graphql(`
    mutation MarkSessionRead($input: MarkSessionReadInput!) {
      marked: markSessionRead(input: $input) { session { sessionId } counts { ...Counts } }
    }
  `),
  markSessionUnread: graphql(`
    mutation MarkSessionUnread($input: MarkSessionUnreadInput!) {
      marked: markSessionUnread(input: $input) { session { sessionId } counts { ...Counts } }
    }
  `),
  archiveSession: graphql(`
    mutation ArchiveSession($input: ArchiveSessionInput!) {
      marked: archiveSession(input: $input) { session { sessionId } counts { ...Counts } }
    }
  `),
  snoozeSession: graphql(`
    mutation SnoozeSession($input: SnoozeSessionInput!) {
      marked: snoozeSession(input: $input) { session { sessionId } counts { ...Counts } }
    }
  `),
  pinSession: graphql(`
    mutation PinSession($input: PinSessionInput!) {
      marked: pinSession(input: $input) { session { sessionId } counts { ...Counts } }
    }
  `),
};
type Marks = MarkSessionReadInput & ArchiveSessionInput & SnoozeSessionInput & PinSessionInput;

/** Marks a session, and gives the counts that come with the answer. */
export async function mark(
  { ask }: Asks,
  marking: keyof typeof markings,
  sessionId: string,
  input: Partial<Marks> = {},
) {
  const data = await ask(markings[marking], { input: { session: { sessionId }, ...input } });
  return data.marked.counts;
}

const markSessionsReadDocument = graphql(`
  mutation MarkSessionsRead($input: MarkSessionsReadInput!) { markSessionsRead(input: $input) { changed } }
`);

/** Marks the sessions of a list read, and gives how many it changed. */
export async function markSessionsRead({ ask }: Asks, input: MarkSessionsReadInput): Promise<number> {
  return (await ask(markSessionsReadDocument, { input })).markSessionsRead.changed;
}

const listSessionsDocument = graphql(`
  query ListSessions($filter: SessionFilter, $readerId: String, $orderBy: SessionOrder) {
    sessions(first: 100, filter: $filter, readerId: $readerId, orderBy: $orderBy) { nodes { sessionId } }
  }
`);

/** The names of the sessions that a reader's list holds, in its order. */
export async function listSessions(
  { ask }: Asks,
  filter: SessionFilter,
  options: { readerId?: string; orderBy?: SessionOrder } = {},
): Promise<string[]> {
  const data = await ask(listSessionsDocument, { filter, ...options });
  return data.sessions.nodes.map((node) => node.sessionId);
}

const readCountsDocument = graphql(`
  query ReadCounts($filter: SessionFilter, $readerId: String) {
    inboxCounts(filter: $filter, readerId: $readerId) { ...Counts }
  }
`);

/** The counts of a reader's inbox. */
export async function readCounts({ ask }: Asks, filter: SessionFilter, readerId?: string) {
  return (await ask(readCountsDocument, { filter, readerId })).inboxCounts;
}
