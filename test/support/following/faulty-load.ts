import { expect } from "vitest";
import type { Client } from "../../../src/client/client.js";
import { type NumberedWriter, startAppending, startCreating } from "./numbered-writer.js";
import { type RecordedFollower, startFollowing } from "./recorded-follower.js";
import type { Asks } from "../start-service.js";
import { createRun, createSession, finishRun } from "../work.js";

/** Writers and followers of one session's runs and of the inbox, while a test breaks what is between them. */
export interface Load {
  writers: readonly NumberedWriter[];
  followers: readonly RecordedFollower[];
  /** Waits until each writer has had 6 more acknowledged. */
  write(): Promise<void>;
  /** Waits until each follower has all that is acknowledged by now. */
  arrive(): Promise<void>;
  /** The codes of all failures after which a writer or follower tried again. */
  failures(): Set<string>;
  /** Stops the writers and ends the runs; expects that everybody has got everything exactly once and in order. */
  finish(): Promise<void>;
}

/** How many runs are written to and followed. */
const runCount = 2;

/**
 * Starts the load on a database that holds nothing else. The writers take the URLs in turn; each client follows
 * everything. `asks` must answer at the start and at the end.
 */
export async function startLoad(
  asks: Asks,
  { writeTo, clients }: { writeTo: readonly string[]; clients: readonly Client[] },
): Promise<Load> {
  const { sessionId, runId } = await createSession(asks);
  const runIds = [runId];
  while (runIds.length < runCount) runIds.push(await createRun(asks, { session: { sessionId } }));
  const followers = await Promise.all(clients.map((client) => startFollowing(client, { runIds, sessionId })));

  const urlFor = (index: number) => writeTo[index % writeTo.length] ?? "";
  const creating = startCreating(urlFor(runCount));
  const appending = runIds.map((id, index) => ({ id, writer: startAppending(urlFor(index), id) }));
  const writers = [creating, ...appending.map(({ writer }) => writer)];

  /** For each follower and thing that is written whether all that was acknowledged until now has come. */
  const whatHasCome = () => {
    const created = creating.acknowledged();
    const appended = appending.map(({ id, writer }) => ({ id, count: writer.acknowledged() }));
    return () =>
      followers.flatMap(({ runs, inbox }) => [
        inbox.length >= created,
        ...appended.map(({ id, count }) => (runs.get(id) ?? []).length > count),
      ]);
  };

  return {
    writers,
    followers,
    async write() {
      const least = writers.map((writer) => writer.acknowledged() + 6);
      await expect
        .poll(() => writers.every((writer, index) => writer.acknowledged() >= (least[index] ?? 0)))
        .toBe(true);
    },
    async arrive() {
      await expect.poll(whatHasCome(), { interval: 25 }).not.toContain(false);
    },
    failures: () => new Set([...writers, ...followers].flatMap((one) => one.failures)),
    async finish() {
      await Promise.all(writers.map((writer) => writer.stop()));
      for (const id of runIds) await finishRun(asks, id);
      await Promise.all(followers.map(({ runsEnded }) => runsEnded));
      const total = appending.reduce((sum, { writer }) => sum + writer.acknowledged() + 2, 0);
      const created = Array.from({ length: creating.acknowledged() }, (_, index) => `new-${index + 1}`);
      for (const { session, inbox } of followers) {
        await expect.poll(() => session.length).toBeGreaterThanOrEqual(total);
        await expect.poll(() => inbox.length).toBeGreaterThanOrEqual(created.length);
      }
      await Promise.all(followers.map((follower) => follower.leave()));

      for (const { runs, session, inbox } of followers) {
        for (const { id, writer } of appending) expect(runs.get(id)).toEqual(eventsOf(writer.acknowledged()));
        expect(session).toEqual(Array.from({ length: total }, (_, index) => index + 1));
        expect(inbox).toEqual(created);
      }
    },
  };
}

/** A run's events as `seq text`: the service's first, the numbered ones, the service's last. */
function eventsOf(count: number): string[] {
  const numbered = Array.from({ length: count }, (_, index) => `${index + 2} ${index + 1}`);
  return ["1 ", ...numbered, `${count + 2} `];
}
