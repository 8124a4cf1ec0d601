import { AgentRunError } from "../../domain/errors.js";
import { topicOf, type Wake } from "../../domain/topic.js";
import { isDatabaseGone, isLostRace } from "../database-error.js";
import type { TenantClient } from "../statement.js";
import { type BatchOutcome, type EventBatch, appendEvents } from "./append.js";

/** The most events in one statement. A single batch may hold more. */
const maxStatementEvents = 2_000;

/**
 * The most statements of one tenant that are under way at once: while one waits for its commit, the next is prepared.
 */
const maxStatements = 2;

interface Waiting {
  batch: EventBatch;
  resolve: (outcome: BatchOutcome) => void;
  reject: (error: unknown) => void;
}

/**
 * Merges appends of one tenant that arrive at the same time into one statement, so that they share a round trip and a
 * commit. Each caller still gets its own seq or its own refusal. A run is in one statement at a time, so that its
 * batches stay in order. No append waits for others to join it: it goes out at once, unless its run is in a statement
 * or {@link maxStatements} are under way.
 */
export class EventAppender {
  readonly #client: TenantClient;
  readonly #wake: Wake;
  #waiting: Waiting[] = [];
  readonly #busyRuns = new Set<string>();
  #underWay = 0;

  constructor(client: TenantClient, wake: Wake) {
    this.#client = client;
    this.#wake = wake;
  }

  /** Stores the batch and resolves with what became of it. Rejects if the database does not answer. */
  append(batch: EventBatch): Promise<BatchOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#send();
    });
  }

  #send(): void {
    if (this.#underWay === maxStatements) return;
    const taken = this.#take();
    if (taken.length === 0) return;
    this.#underWay += 1;
    const runs = new Set(taken.map(({ batch }) => batch.runId));
    for (const run of runs) this.#busyRuns.add(run);
    void this.#store(taken).finally(() => {
      this.#underWay -= 1;
      for (const run of runs) this.#busyRuns.delete(run);
      this.#send();
    });
  }

  /** Takes the oldest waiting batches that may share a statement. The keys of one run must differ in it. */
  #take(): Waiting[] {
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    const keys = new Set<string>();
    const closedRuns = new Set(this.#busyRuns);
    let events = 0;
    for (const waiting of this.#waiting) {
      const { runId, idempotency } = waiting.batch;
      const key = idempotency && JSON.stringify([runId, idempotency.key]);
      const full = taken.length > 0 && events + waiting.batch.events.length > maxStatementEvents;
      if (full || closedRuns.has(runId) || (key !== null && keys.has(key))) {
        closedRuns.add(runId);
        left.push(waiting);
        continue;
      }
      if (key !== null) keys.add(key);
      events += waiting.batch.events.length;
      taken.push(waiting);
    }
    this.#waiting = left;
    return taken;
  }

  async #store(taken: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#appendPatiently(taken.map(({ batch }) => batch));
      const topics = new Set<string>();
      for (const [index, { resolve, reject }] of taken.entries()) {
        const outcome = outcomes[index];
        if (!outcome) {
          reject(
            new AgentRunError("an append had no outcome", {
              code: "INTERNAL_SERVER_ERROR",
              failureKind: "INFRA_FAILED",
            }),
          );
          continue;
        }
        if (outcome.outcome === "STORED") {
          topics.add(topicOf(this.#client.tenantId, outcome.runId));
          if (outcome.sessionId !== null) topics.add(topicOf(this.#client.tenantId, outcome.sessionId));
        }
        resolve(outcome);
      }
      this.#wake(topics);
    } catch (error) {
      // A batch that fails must not take its neighbours with it, so each is tried alone.
      if (taken.length > 1 && !isDatabaseGone(error)) {
        for (const waiting of taken) await this.#store([waiting]);
        return;
      }
      for (const { reject } of taken) reject(error);
    }
  }

  /**
   * Appends, and tries again after a lost race, at most 4 times in all: another node may store the same key between
   * this statement's snapshot and its lock, and the next try finds it.
   */
  async #appendPatiently(batches: readonly EventBatch[]): Promise<BatchOutcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await appendEvents(this.#client, batches);
      } catch (error) {
        if (attempt === 4 || !isLostRace(error)) throw error;
      }
    }
  }
}
