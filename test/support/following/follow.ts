import type { Client } from "graphql-ws";

/** A batch as a follower gets it. */
export interface ReceivedBatch {
  events: { seq: number; sessionSeq: number | null; type: string; text?: string }[];
  cursor: string;
  caughtUp: boolean;
  run?: { status: string } | null;
}

const runEvents = `subscription ($runId: ID!, $after: String, $types: [RunEventType!]) {
  runEvents(runId: $runId, after: $after, types: $types) {
    cursor caughtUp run { status }
    events { seq sessionSeq type ... on AssistantMessageEvent { text } }
  }
}`;

const sessionEvents = `subscription ($session: SessionRef!, $after: String, $types: [RunEventType!]) {
  sessionEvents(session: $session, after: $after, types: $types) {
    cursor caughtUp
    events { seq sessionSeq type ... on AssistantMessageEvent { text } }
  }
}`;

/** Follows a run over a WebSocket: a batch a step, until the subscription completes or the loop is left. */
export function followRun(
  client: Client,
  variables: { runId: string; after?: string | null; types?: string[] },
): AsyncGenerator<ReceivedBatch> {
  return follow(client, runEvents, variables, "runEvents");
}

/** Follows a session likewise. */
export function followSession(
  client: Client,
  variables: { session: object; after?: string | null; types?: string[] },
): AsyncGenerator<ReceivedBatch> {
  return follow(client, sessionEvents, variables, "sessionEvents");
}

/** A batch of commands as a follower gets it. */
export interface ReceivedCommands {
  commands: { id: string; seq: number; state: string; run: { id: string } }[];
  cursor: string;
  caughtUp: boolean;
  run: { status: string };
}

const runCommands = `subscription ($runId: ID!, $after: String) {
  runCommands(runId: $runId, after: $after) {
    cursor caughtUp run { status } commands { id seq state run { id } }
  }
}`;

/** Follows the commands of a run likewise. */
export function followCommands(
  client: Client,
  variables: { runId: string; after?: string | null },
): AsyncGenerator<ReceivedCommands> {
  return follow(client, runCommands, variables, "runCommands");
}

/** Follows the one field of a subscription: what it gives, a step each. Throws its errors. */
export async function* follow<Batch>(
  client: Client,
  query: string,
  variables: Record<string, unknown>,
  field: string,
): AsyncGenerator<Batch> {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw new Error(JSON.stringify(errors));
    yield (data as Record<string, Batch>)[field] as Batch;
  }
}

/** Everything that a stream gives until it ends. */
export async function collect<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
