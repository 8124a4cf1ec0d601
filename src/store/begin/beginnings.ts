import { AgentRunError } from "../../domain/errors.js";
import { sessionsTopic, topicOf, type Wake } from "../../domain/topic.js";
import { isDatabaseGone, isLostRace } from "../database-error.js";
import { type Share, giveUpLater, maxWaiting, tooMany } from "../share.js";
import type { TenantClient } from "../statement.js";
import { type Beginning, type Begun, beginSessions } from "./begin.js";

/** The most sessions that begin in one statement, which locks the tenant while it makes them: some milliseconds. */
const maxSessions = 32;

/** The most statements of one tenant that are under way at once: while one waits for its commit, the next is prepared. */
const maxStatements = 2;

interface Waiting {
  beginning: Beginning;
  resolve: (begun: Begun | undefined) => void;
  reject: (error: unknown) => void;
  /** Ends the wait for a statement. */
  over: NodeJS.Timeout;
}

/**
 * Begins sessions of one tenant. Those that are asked for at the same time begin in one statement, so that they share its commit, for which
 * they would wait in turn else. None waits for others to join it: it goes out at once, unless {@link maxStatements} are under way.
 */
export class Beginnings {
  readonly #client: TenantClient;
  readonly #share: Share;
  readonly #wake: Wake;
  readonly #waiting = new Set<Waiting>();
  #underWay = 0;

  constructor(client: TenantClient, share: Share, wake: Wake) {
    this.#client = client;
    this.#share = share;
    this.#wake = wake;
  }

  /**
   * Stores what begins and wakes the followers. Gives undefined, with nothing stored, if the session's name or the run's key is taken, if it is
   * said to have happened in the future, or if another was quicker. Rejects if the database does not answer, and with RATE_LIMITED, as
   * a {@link Share} does, if too many wait or it waits for too long.
   */
  begin(beginning: Beginning): Promise<Begun | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= maxWaiting) throw tooMany();
      const over = giveUpLater(() => {
        this.#waiting.delete(waiting);
        reject(tooMany());
      });
      const waiting = { beginning, resolve, reject, over };
      this.#waiting.add(waiting);
      this.#send();
    });
  }

  #send(): void {
    if (this.#underWay === maxStatements || this.#waiting.size === 0) return;
    this.#underWay += 1;
    void this.#storeNext(this.#take());
  }

  async #storeNext(taken: readonly Waiting[]): Promise<void> {
    await this.#store(taken);
    this.#underWay -= 1;
    this.#send();
  }

  /** Takes the oldest that may share a statement, in which names and keys differ. */
  #take(): Waiting[] {
    const taken: Waiting[] = [];
    const met = new Set<string>();
    for (const waiting of this.#waiting) {
      const { session, run } = waiting.beginning;
      const key = JSON.stringify([run.projectId, run.idempotencyKey]);
      const isMet = met.has(session.name) || (run.idempotencyKey !== null && met.has(key));
      met.add(session.name).add(key);
      if (isMet) continue;
      clearTimeout(waiting.over);
      this.#waiting.delete(waiting);
      taken.push(waiting);
      if (taken.length === maxSessions) break;
    }
    return taken;
  }

  async #store(taken: readonly Waiting[]): Promise<void> {
    const { tenantId } = this.#client;
    try {
      const begun = await this.#share.use(() =>
        beginSessions(
          this.#client,
          taken.map(({ beginning }) => beginning),
        ),
      );
      const topics = new Set([sessionsTopic(tenantId)]);
      for (const [index, { beginning, resolve }] of taken.entries()) {
        resolve(begun[index]);
        if (!begun[index]) continue;
        topics.add(topicOf(tenantId, beginning.run.id)).add(topicOf(tenantId, beginning.session.id));
      }
      if (topics.size > 1) this.#wake(topics);
    } catch (error) {
      // What fails must not take its neighbours with it, so each is tried alone.
      const isOfOne = !isDatabaseGone(error) && !(error instanceof AgentRunError);
      if (taken.length > 1 && isOfOne) for (const waiting of taken) await this.#store([waiting]);
      else if (isLostRace(error)) for (const { resolve } of taken) resolve(undefined);
      else for (const { reject } of taken) reject(error);
    }
  }
}
