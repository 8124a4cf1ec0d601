import { parentPort } from "node:worker_threads";
import { Caller, composeRequest } from "./caller.js";
import { measureFollowers } from "./followers.js";
import type { CallJob, CallReport, FollowJob } from "./load.js";

parentPort?.on("message", (job: CallJob | FollowJob) => {
  const report = job.kind === "calls" ? makeCalls(job) : measureFollowers(job);
  void report.then(
    (value) => parentPort?.postMessage(value),
    (error: unknown) =>
      setImmediate(() => {
        throw error;
      }),
  );
});

async function makeCalls({ url, bodies, durationMs }: CallJob): Promise<CallReport> {
  const target = new URL(url);
  const start = performance.now();
  let calls = 0;
  await Promise.all(
    bodies.map(async (body) => {
      const caller = new Caller(target);
      const request = composeRequest(target, body);
      while (performance.now() - start < durationMs) {
        await caller.call(request);
        calls += 1;
      }
      caller.close();
    }),
  );
  return { callsPerSecond: (calls * 1000) / (performance.now() - start) };
}
