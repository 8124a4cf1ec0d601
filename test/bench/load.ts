import { Worker } from "node:worker_threads";

/** Calls that follow each other on some connections for a time. */
export interface CallJob {
  kind: "calls";
  url: string;
  /** One body for each connection. */
  bodies: readonly string[];
  durationMs: number;
}

/** Events appended to one run at a steady pace, and followed over WebSocket. */
export interface FollowJob {
  kind: "follow";
  url: string;
  runId: string;
  followers: number;
  eventsPerSecond: number;
  durationMs: number;
}

/** What became of {@link CallJob}. */
export interface CallReport {
  callsPerSecond: number;
}

/** What became of {@link FollowJob}: the time from sending an event to its receipt by a follower, in milliseconds. */
export interface FollowReport {
  p50Ms: number;
  p99Ms: number;
  received: number;
}

/** What makes the load, on a thread of its own so that the servers keep theirs. */
export interface Load {
  call(job: Omit<CallJob, "kind">): Promise<CallReport>;
  follow(job: Omit<FollowJob, "kind">): Promise<FollowReport>;
  close(): Promise<void>;
}

/** Starts the thread. One job at a time. */
export function openLoad(): Load {
  const worker = new Worker(new URL("./load-thread.js", import.meta.url));
  const run = <Report>(job: CallJob | FollowJob) =>
    new Promise<Report>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (report: Report) => {
        worker.off("error", reject);
        resolve(report);
      });
      worker.postMessage(job, []);
    });
  return {
    call: (job) => run({ kind: "calls", ...job }),
    follow: (job) => run({ kind: "follow", ...job }),
    close: async () => {
      await worker.terminate();
    },
  };
}
