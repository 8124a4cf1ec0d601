import type { Client } from "graphql-ws";
import type {
  FollowCommandsSubscription,
  FollowCommandsSubscriptionVariables,
  FollowRunSubscriptionVariables,
  FollowSessionSubscriptionVariables,
} from "../../generated/documents/graphql.js";
import { found } from "../found.js";
import { type Operation, graphql } from "../graphql.js";

/** A batch as a follower gets it. */
export interface ReceivedBatch {
  events: { seq: number; sessionSeq: number | null; type: string; text?: string }[];
  cursor: string;
  caughtUp: boolean;
  run?: { status: string } | null;
}

const runEvents = graphql(`
  subscription FollowRun($runId: ID!, $after: String, $types: [RunEventType!]) {
    runEvents(runId: $runId, after: $after, types: $types) {
      cursor caughtUp run { status } events { seq sessionSeq type ... on AssistantMessageEvent { text } }
    }
  }
`);

const sessionEvents = graphql(`
  subscription FollowSession($session: SessionRef!, $after: String, $types: [RunEventType!]) {
    sessionEvents(session: $session, after: $after, types: $types) {
      cursor caughtUp events { seq sessionSeq type ... on AssistantMessageEvent { text } }
    }
  }
`);

/** Follows a run over a WebSocket: a batch a step, until the subscription completes or the loop is left. */
export function followRun(
  client: Client,
  variables: FollowRunSubscriptionVariables,
): AsyncGenerator<ReceivedBatch> {
  return follow(client, runEvents, variables, "runEvents");
}

/** Follows a session likewise. */
export function followSession(
  client: Client,
  variables: FollowSessionSubscriptionVariables,
): AsyncGenerator<ReceivedBatch> {
  return follow(client, sessionEvents, variables, "sessionEvents");
}

/** A batch of commands as a follower gets it. */
export type ReceivedCommands = FollowCommandsSubscription["runCommands"];

const runCommands = graphql(`
  subscription FollowCommands($runId: ID!, $after: String) {
    runCommands(runId: $runId, after: $after) {
      cursor caughtUp run { status } commands { id seq state run { id } }
    }
  }
`);

/** Follows the commands of a run likewise. */
export function followCommands(
  client: Client,
  variables: FollowCommandsSubscriptionVariables,
): AsyncGenerator<ReceivedCommands> {
  return follow(client, runCommands, variables, "runCommands");
}

/** Follows the one field of a subscription: what it gives, a step each. Throws its errors. */
export async function* follow<Data, Variables extends Record<string, unknown>, Field extends keyof Data>(
  client: Client,
  document: Operation<Data, Variables>,
  variables: Variables,
  field: Field,
): AsyncGenerator<Data[Field]> {
  const query = document.toString();
  for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
    if (errors) throw new Error(JSON.stringify(errors));
    yield found(data)[field];
  }
}

/** Everything that a stream gives until it ends. */
export async function collect<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
