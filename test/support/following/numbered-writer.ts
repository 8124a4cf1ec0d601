import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { createClient } from "../../../src/client/client.js";
import { retry } from "../../../src/client/retry.js";
import type { TypedDocumentString } from "../../generated/documents/graphql.js";
import { graphql } from "../graphql.js";

/** Writes one thing after the other, each under a key of its own and again until it is acknowledged. */
export interface NumberedWriter {
  /** How much was acknowledged. */
  acknowledged(): number;
  /** How much of that had been stored by a try that was not acknowledged. */
  replayed(): number;
  /** The code of every try that failed, in order. */
  failures: readonly string[];
  /** Writes nothing more; resolves once what is under way is acknowledged. */
  stop(): Promise<void>;
}

/** How long a writer rests between two writes, in milliseconds: the machine is others' too. */
const restMs = 20;

const appendNumber = graphql(`
  mutation AppendNumber($input: AppendEventsInput!) { appendEvents(input: $input) { lastSeq replayed } }
`);

/** Appends messages to a run that nobody else writes to, each with its number: `1`, `2`, ... */
export function startAppending(url: string, runId: string): NumberedWriter {
  return start(url, async (request, number) => {
    const events = [{ type: "ASSISTANT_MESSAGE" as const, payload: { text: `${number}` } }];
    const { appendEvents } = await request(appendNumber, {
      input: { runId, events, idempotencyKey: `${number}` },
    });
    // The run began with an event of the service.
    expect(appendEvents.lastSeq).toBe(number + 1);
    return appendEvents.replayed;
  });
}

const createNumber = graphql(`
  mutation CreateNumber($input: CreateRunInput!) { createRun(input: $input) { replayed } }
`);

/** Creates runs, each in a session of its own: `new-1`, `new-2`, ... */
export function startCreating(url: string): NumberedWriter {
  return start(url, async (request, number) => {
    const sessionId = `new-${number}`;
    const idempotencyKey = sessionId;
    const { createRun } = await request(createNumber, {
      input: { projectId: "p", backendProfile: "codex", session: { sessionId }, idempotencyKey },
    });
    return createRun.replayed;
  });
}

type Request = <Data, Variables extends object>(
  mutation: TypedDocumentString<Data, Variables>,
  variables: Variables,
) => Promise<Data>;

/** `write` gives whether it had been stored before. */
function start(url: string, write: (request: Request, number: number) => Promise<boolean>): NumberedWriter {
  const failures: string[] = [];
  const request: Request = (mutation, variables) => {
    // A second is long where nothing is broken; the machine may be slow as well.
    let timeoutMs = 500;
    const attempt = () => createClient({ url, timeoutMs: (timeoutMs *= 2) }).request(mutation, variables);
    return retry(attempt, { onRetry: ({ code }) => failures.push(code) });
  };
  let acknowledged = 0;
  let replayed = 0;
  let stopped = false;
  const writing = (async () => {
    for (let number = 1; !stopped; number += 1) {
      if (await write(request, number)) replayed += 1;
      acknowledged = number;
      await delay(restMs);
    }
  })();
  // Whoever stops it is told.
  writing.catch(() => {});
  return {
    acknowledged: () => acknowledged,
    replayed: () => replayed,
    failures,
    stop: () => {
      stopped = true;
      return writing;
    },
  };
}
