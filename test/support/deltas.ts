import type { Client } from "graphql-ws";
import type {
  FollowDeltasSubscription,
  FollowDeltasSubscriptionVariables,
  FollowSessionDeltasSubscriptionVariables,
  SendDeltaInput,
} from "../generated/documents/graphql.js";
import { follow } from "./following/follow.js";
import { graphql } from "./graphql.js";
import type { TestService } from "./start-service.js";

export const sendDeltaDocument = graphql(`
  mutation SendDelta($input: SendDeltaInput!) { sendDelta(input: $input) { length } }
`);

/** The holder of a run, who sends the pieces of a stream one after another: {@link writer} of it. */
export interface Holder {
  runId: string;
  leaseToken: string;
}

/** Sends the pieces of one stream, each where the last one ended. Throws if one is refused. */
export function writer(
  { ask }: Pick<TestService, "ask">,
  { runId, leaseToken }: Holder,
  stream: Partial<SendDeltaInput> = {},
): (text: string, offset?: number) => Promise<number> {
  let next = 0;
  return async (text, offset = next) => {
    const input = {
      runId,
      leaseToken,
      streamId: "s",
      type: "ASSISTANT_MESSAGE" as const,
      ...stream,
      offset,
      text,
    };
    next = (await ask(sendDeltaDocument, { input })).sendDelta.length;
    return next;
  };
}

export const runDeltas = graphql(`
  subscription FollowDeltas($runId: ID!, $after: String, $types: [RunEventType!], $deltas: Boolean) {
    runEvents(runId: $runId, after: $after, types: $types, deltas: $deltas) {
      cursor caughtUp events { seq type streamId } deltas { run { id } streamId type offset text reset }
    }
  }
`);

const sessionDeltas = graphql(`
  subscription FollowSessionDeltas($session: SessionRef!) {
    sessionEvents(session: $session, deltas: true) {
      cursor caughtUp events { seq type streamId } deltas { run { id } streamId type offset text reset }
    }
  }
`);

/** A batch with deltas. */
export type DeltaBatch = FollowDeltasSubscription["runEvents"];

/** Follows a run with its deltas over a WebSocket. */
export function followDeltas(
  client: Client,
  variables: FollowDeltasSubscriptionVariables,
): AsyncGenerator<DeltaBatch> {
  return follow(client, runDeltas, { deltas: true, ...variables }, "runEvents");
}

/** Follows a session likewise. */
export function followSessionDeltas(
  client: Client,
  variables: FollowSessionDeltasSubscriptionVariables,
): AsyncGenerator<DeltaBatch> {
  return follow(client, sessionDeltas, variables, "sessionEvents");
}

/** What a follower makes of the deltas that it is sent: the text of each stream. A gap is an error. */
export class Shown {
  readonly texts = new Map<string, string>();
  /** How often a stream began, or began anew. */
  resets = 0;

  add({ deltas }: Pick<DeltaBatch, "deltas">): void {
    for (const { run, streamId, offset, text, reset } of deltas) {
      const key = `${run.id} ${streamId}`;
      const before = reset ? "" : (this.texts.get(key) ?? "");
      if (reset) this.resets += 1;
      if (offset !== [...before].length)
        throw new Error(`a gap: ${[...before].length} have come, and ${offset} came before`);
      this.texts.set(key, before + text);
    }
  }

  /** The text of a run's only stream, or of the one that is named. */
  of(runId: string, streamId = "s"): string | undefined {
    return this.texts.get(`${runId} ${streamId}`);
  }
}

/** Reads on until what was shown is so. */
export async function showUntil(
  batches: AsyncGenerator<DeltaBatch>,
  shown: Shown,
  isDone: (batch: DeltaBatch) => boolean,
): Promise<DeltaBatch> {
  for (;;) {
    const { value, done } = await batches.next();
    if (done) throw new Error("it has ended");
    shown.add(value);
    if (isDone(value)) return value;
  }
}
