import type { Client } from "../../../src/client/client.js";

/** Follows several runs, one session and the inbox over one client, and writes down what comes in the order of coming. */
export interface RecordedFollower {
  /** By run: `seq text` of each event. */
  runs: ReadonlyMap<string, readonly string[]>;
  /** `sessionSeq`s of the session's events. */
  session: readonly number[];
  /** The `sessionId` of each change in the inbox, but those of the session that is followed. */
  inbox: readonly string[];
  /** The code of every failure after which it came back, in order. */
  failures: readonly string[];
  /** Resolves when all runs have ended and been followed to their end; rejects with the first error of any. */
  runsEnded: Promise<unknown>;
  /** Leaves the session and the inbox; rejects where following them had failed. */
  leave(): Promise<void>;
}

/** Begins to follow, and waits until the first batch of everything has come. */
export async function startFollowing(
  client: Client,
  { runIds, sessionId }: { runIds: readonly string[]; sessionId: string },
): Promise<RecordedFollower> {
  const runs = new Map<string, string[]>();
  const session: number[] = [];
  const inbox: string[] = [];
  const failures: string[] = [];
  const leave = new AbortController();
  const options = { signal: leave.signal, onRetry: ({ code }: { code: string }) => void failures.push(code) };

  const streams = [
    ...runIds.map((runId) => {
      const seen: string[] = [];
      runs.set(runId, seen);
      return record(client.followRun(runId, options), ({ events }) => {
        for (const event of events) seen.push(`${event.seq} ${textOf(event)}`);
      });
    }),
    record(client.followSession({ sessionId }, options), ({ events }) => {
      session.push(...events.map(({ sessionSeq }) => sessionSeq ?? 0));
    }),
    record(client.followInbox(options), ({ sessions }) => {
      const names = sessions.map((changed) => changed.sessionId);
      inbox.push(...names.filter((name) => name !== sessionId));
    }),
  ];
  await Promise.all(streams.map(({ begun }) => begun));
  const ended = streams.map((stream) => stream.ended);
  const runsEnded = Promise.all(ended.slice(0, runIds.length));
  const allEnded = Promise.all(ended);
  for (const promise of [runsEnded, allEnded]) promise.catch(() => {});
  return {
    runs,
    session,
    inbox,
    failures,
    runsEnded,
    async leave() {
      leave.abort();
      await allEnded;
    },
  };
}

function textOf(event: object): string {
  return "text" in event && typeof event.text === "string" ? event.text : "";
}

function record<Batch>(
  batches: AsyncIterable<Batch>,
  write: (batch: Batch) => void,
): { begun: Promise<void>; ended: Promise<void> } {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const ended = (async () => {
    for await (const batch of batches) {
      write(batch);
      begin();
    }
  })();
  return { begun: Promise.race([begun, ended]), ended };
}
