import { useEffect, useState } from "react";
import type { GraphRequestError } from "../../client/client.js";
import { useAgentRunClient } from "../../client/react.js";
import type {
  PageCommanderQuery,
  PageQueueSubscription,
  PageQueueSubscriptionVariables,
} from "../../generated/web/graphql.js";
import { followQueueDocument, queueDocument } from "./documents";

/** A queue's figures, and its first tasks in running order. */
export type Queue = PageCommanderQuery["queueCommander"];

/** What is known of a queue. */
interface KnownQueue {
  queue: Queue | undefined;
  error: GraphRequestError | undefined;
  status: "loading" | "live" | "reconnecting" | "failed";
  /** Reads and follows it anew. */
  again: () => void;
}

const cursorOf = ({ queueTasks }: PageQueueSubscription): string => queueTasks.cursor;

/** How long changes are gathered before the queue is read anew, in milliseconds. */
const gatheredMs = 500;

/** A queue, or all together for the empty name, as it is now: it is read anew after each change. */
export function useQueue(name: string): KnownQueue {
  const client = useAgentRunClient();
  const [known, setKnown] = useState<Omit<KnownQueue, "again">>({
    queue: undefined,
    error: undefined,
    status: "loading",
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const leave = new AbortController();
    const queue = name || null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const fail = (error: unknown) => {
      if (!leave.signal.aborted)
        setKnown((before) => ({ ...before, error: error as GraphRequestError, status: "failed" }));
    };
    const read = async () => {
      timer = undefined;
      const { queueCommander } = await client.request(queueDocument, { queue });
      if (!leave.signal.aborted) setKnown({ queue: queueCommander, error: undefined, status: "live" });
    };
    const follow = async () => {
      const variables: PageQueueSubscriptionVariables = { filter: queue === null ? null : { queue } };
      const batches = client.follow(followQueueDocument, variables, cursorOf, {
        signal: leave.signal,
        onRetry: () => setKnown((before) => ({ ...before, status: "reconnecting" })),
      });
      for await (const _ of batches) timer ??= setTimeout(() => read().catch(fail), gatheredMs);
    };
    read().catch(fail);
    follow().catch(fail);
    return () => {
      leave.abort();
      clearTimeout(timer);
    };
  }, [client, name, round]);
  return { ...known, again: () => setRound(round + 1) };
}
