import pLimit from "p-limit";
import { AgentRunError } from "../../domain/errors.js";
import { topicOf, type Topic, type Wake } from "../../domain/topic.js";
import { isDatabaseGone, isLostRace } from "../database-error.js";
import type { Share } from "../share.js";
import type { TenantClient } from "../statement.js";
import { type BatchOutcome, type FreeOutcome, appendEvents, appendFreeEvents, rowsOf } from "./append.js";
import type { EventBatch } from "./event-batch.js";
import { type FreshEvents, asRead } from "./fresh-events.js";

/** The most events in one statement. A single batch may hold more. */
const maxStatementEvents = 2_000;

/**
 * The most statements of one tenant that are under way at once: while one waits for its commit, the next is prepared.
 */
const maxStatements = 2;

/** How many batches of one tenant may wait at once, each for itself, for a run or a session that somebody else has locked. */
const maxHeldUp = 2;

interface Waiting {
  batch: EventBatch;
  resolve: (outcome: BatchOutcome) => void;
  reject: (error: unknown) => void;
}

/**
 * Merges appends of one tenant that arrive at the same time into one statement, so that they share a round trip and a
 * commit. Each caller still gets its own seq or its own refusal. A run is in one statement at a time, so that its
 * batches stay in order. No append waits for others to join it: it goes out at once, unless its run is in a statement
 * or {@link maxStatements} are under way. These wait for no lock: a batch whose run or session somebody else holds is then
 * stored for itself, and holds up none but those of its run.
 */
export class EventAppender {
  readonly #client: TenantClient;
  readonly #share: Share;
  readonly #fresh: FreshEvents;
  readonly #wake: Wake;
  #waiting: Waiting[] = [];
  readonly #busyRuns = new Set<string>();
  #underWay = 0;
  readonly #inTurn = pLimit(maxHeldUp);

  /** `share` lends the connections in which batches wait for a run or a session; what is stored is added to `fresh`. */
  constructor(client: TenantClient, share: Share, fresh: FreshEvents, wake: Wake) {
    this.#client = client;
    this.#share = share;
    this.#fresh = fresh;
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
    for (const { batch } of taken) this.#busyRuns.add(batch.runId);
    void this.#storeAll(taken);
  }

  async #storeAll(taken: readonly Waiting[]): Promise<void> {
    const heldUp = await this.#store(taken);
    this.#underWay -= 1;
    this.#free(taken.filter((waiting) => !heldUp.includes(waiting)));
    await this.#storeInTurn(heldUp);
  }

  /** The runs of these batches are in no statement any more. */
  #free(done: readonly Waiting[]): void {
    for (const { batch } of done) this.#busyRuns.delete(batch.runId);
    this.#send();
  }

  /** Stores batches whose runs are held by others, those of one run in their order. */
  async #storeInTurn(heldUp: readonly Waiting[]): Promise<void> {
    const runs = new Set(heldUp.map(({ batch }) => batch.runId));
    const work = [...runs].map((run) =>
      this.#inTurn(async () => {
        const batches = heldUp.filter(({ batch }) => batch.runId === run);
        for (const waiting of batches) {
          const store = () =>
            this.#settle([waiting], () =>
              this.#share.use(() =>
                this.#appendPatiently((all) => appendEvents(this.#client, all), [waiting]),
              ),
            );
          // A run that was removed while its lock was waited for is missing the next time.
          const left = (await store()).length > 0 ? await store() : [];
          if (left.length > 0) waiting.reject(noOutcome());
        }
        this.#free(batches);
      }),
    );
    await Promise.all(work);
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

  /** Stores what can be stored without waiting for others, and gives back the rest. */
  async #store(taken: readonly Waiting[]): Promise<readonly Waiting[]> {
    return this.#settle(taken, () =>
      this.#appendPatiently((all) => appendFreeEvents(this.#client, all), taken),
    );
  }

  /** Tells the senders what became of their batches; gives those back that are BUSY. */
  async #settle(
    taken: readonly Waiting[],
    append: () => Promise<readonly FreeOutcome[]>,
  ): Promise<readonly Waiting[]> {
    try {
      const outcomes = await append();
      const heldUp: Waiting[] = [];
      const news = { topics: new Set<Topic>(), fresh: new Set<Topic>() };
      for (const [index, waiting] of taken.entries()) {
        const outcome = outcomes[index];
        if (!outcome) waiting.reject(noOutcome());
        else if (outcome.outcome === "BUSY") heldUp.push(waiting);
        else {
          this.#note(outcome, waiting.batch, news);
          waiting.resolve(outcome);
        }
      }
      this.#wake(news.topics, news.fresh);
      return heldUp;
    } catch (error) {
      // A batch that fails must not take its neighbours with it, so each is tried alone.
      if (taken.length > 1 && !isDatabaseGone(error)) {
        const alone: Waiting[] = [];
        for (const waiting of taken) alone.push(...(await this.#store([waiting])));
        return alone;
      }
      for (const { reject } of taken) reject(error);
      return [];
    }
  }

  #note(outcome: BatchOutcome, batch: EventBatch, news: { topics: Set<Topic>; fresh: Set<Topic> }): void {
    if (outcome.outcome !== "STORED") return;
    const { tenantId } = this.#client;
    const { runId, firstSeq, sessionId, firstSessionSeq } = outcome;
    let made: ReturnType<typeof asRead> | undefined;
    const events = () => (made ??= asRead(rowsOf(tenantId, outcome, batch.events)));
    for (const [id, first] of [
      [runId, firstSeq],
      [sessionId, firstSessionSeq],
    ] as const) {
      if (id === null || first === null) continue;
      const topic = topicOf(tenantId, id);
      news.topics.add(topic);
      // Once something was not kept, nothing more of the statement is.
      if (this.#fresh.add(topic, first, batch.events.length, events)) news.fresh.add(topic);
      else news.fresh.delete(topic);
    }
  }

  /**
   * Appends, and tries again after a lost race, at most 4 times in all: another node may store the same key between
   * this statement's snapshot and its lock, and the next try finds it.
   */
  async #appendPatiently<Outcome>(
    append: (batches: readonly EventBatch[]) => Promise<Outcome[]>,
    waiting: readonly Waiting[],
  ): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await append(waiting.map(({ batch }) => batch));
      } catch (error) {
        if (attempt === 4 || !isLostRace(error)) throw error;
      }
    }
  }
}

function noOutcome(): AgentRunError {
  return new AgentRunError("an append had no outcome", {
    code: "INTERNAL_SERVER_ERROR",
    failureKind: "INFRA_FAILED",
  });
}
