import type pg from "pg";
import { isAhead, aheadSeconds } from "../domain/occurrence.js";
import type { Instant } from "../domain/instant.js";
import { type Topic, queueTopic, requestsTopic, sessionsTopic, topicOf } from "../domain/topic.js";
import type { JoinedPrisma, TenantPrisma, TransactionPrisma } from "./prisma.js";
import type { TreeChange } from "./session-tree.js";
import {
  type Statement,
  type TenantClient,
  type Values,
  createTenantClient,
  inOnePiece,
  statement,
} from "./statement.js";

/**
 * The only key to a write: an open transaction of one tenant. Everything is locked in one order everywhere: the name of a new session,
 * root, session, run, command, task, attempt, input request, and the tenant last; several of a kind by id.
 */
export class Tx implements TenantClient {
  readonly tenantId: string;
  readonly topics = new Set<Topic>();
  /** The ids of sessions that were changed in a way that alters how they stand with their readers. */
  readonly sessions = new Set<string>();
  /** Those of these sessions whose change their readers should see: their version rises. */
  readonly raised = new Set<string>();
  /** Those of these sessions whose agent asks for input. */
  readonly asking = new Set<string>();
  /** How the trees of these locked roots were changed. */
  readonly trees = new Map<string, TreeChange>();
  /** The ids of queue tasks that were changed. */
  readonly tasks = new Set<string>();
  /** The ids of input requests that were opened or closed. */
  readonly requests = new Set<string>();
  /** The ids of input requests that were removed. */
  readonly removedRequests = new Set<string>();
  /** The reader whose deed this is, and the sessions that it changes. */
  deed: { readerId: string; sessionIds: string[] } | null = null;
  #occurredAt: Instant | null = null;
  readonly #connection: pg.ClientBase;
  readonly #client: TenantClient;
  readonly #join: () => Promise<JoinedPrisma>;
  #joined: Promise<JoinedPrisma> | undefined;
  readonly #commit: (tx: Tx) => Promise<void>;
  #committed: Promise<void> | undefined;
  #isOver = false;
  #failure: { error: unknown } | undefined;

  /** Is called by `transaction` alone. `commit` takes the version of what has changed, and commits. */
  constructor(
    connection: pg.ClientBase,
    store: { tenantId: string; transactionPrisma: TransactionPrisma },
    commit: (tx: Tx) => Promise<void>,
  ) {
    this.tenantId = store.tenantId;
    this.#connection = connection;
    this.#client = createTenantClient(connection, store.tenantId);
    this.#commit = commit;
    this.#join = () => store.transactionPrisma.join(connection, store.tenantId);
  }

  /**
   * Runs the statement inside the transaction. Rejects once that is over: of work that was begun together, one part may have failed while
   * another still goes on, and what that sends must not be stored by itself. After one has failed, those that were sent with it reject with
   * its error too, and not with Postgres' word that the transaction is aborted: whoever of them is heard first says why.
   */
  async rows<Row, Given extends object>(
    statement: Statement<Row, Given>,
    ...values: Values<Given>
  ): Promise<Row[]> {
    if (this.#isOver) throw new Error("a statement came after the end of its transaction");
    try {
      return await this.#client.rows(statement, ...values);
    } catch (error) {
      this.#failure ??= { error };
      throw this.#failure.error;
    }
  }

  /** Takes no further statement. */
  end(): void {
    this.#isOver = true;
  }

  /** Has statements that are begun at once sent in one piece, each without waiting for the answers of those before it. */
  together<Result>(begin: () => Result): Result {
    return inOnePiece(this.#connection, begin);
  }

  /**
   * As {@link together}, of the last statements of the transaction: the commit is sent along with them, unless what they change has to be
   * looked at first. What they give cannot be refused any more.
   */
  finish<Result>(begin: () => Result): Result {
    return this.together(() => {
      const result = begin();
      if (this.deed !== null || this.trees.size > 0 || this.#joined !== undefined) return result;
      this.#committed = this.#commit(this);
      // Whoever runs the transaction hears of it.
      this.#committed.catch(() => {});
      this.#isOver = true;
      return result;
    });
  }

  /** The commit that was sent along with the last statements; undefined if none was. */
  get committed(): Promise<void> | undefined {
    return this.#committed;
  }

  /** When what the transaction writes happened, by its caller; null for now. */
  get occurredAt(): Instant | null {
    return this.#occurredAt;
  }

  /**
   * Says when all that the transaction writes from now on happened; null or undefined for now. Throws BAD_USER_INPUT that names the
   * field if that is more than {@link aheadSeconds} ahead of the database's clock.
   */
  async happened(occurredAt: Instant | null | undefined, field: string): Promise<void> {
    this.#occurredAt = occurredAt ?? null;
    if (this.#occurredAt === null) return;
    const [row] = await this.rows(judgeTime, { at: this.#occurredAt });
    if (row?.ahead !== false) throw isAhead(field);
  }

  /** Prisma's client inside the transaction. The first call costs as much as a query. */
  async prisma(): Promise<TenantPrisma> {
    this.#joined ??= this.#join();
    return (await this.#joined).prisma;
  }

  /** Ends Prisma's part, where it has one: later queries are refused. */
  async leavePrisma(): Promise<void> {
    const joined = await this.#joined?.catch(() => undefined);
    await joined?.leave();
  }

  /** Wakes the followers of these sessions and runs once the transaction is committed. */
  touch(...ids: (string | null)[]): void {
    for (const id of ids) if (id !== null) this.topics.add(topicOf(this.tenantId, id));
  }

  /**
   * Notes that a locked session stands otherwise with its readers than before. Its followers are told after the
   * commit.
   */
  change(sessionId: string): void {
    this.sessions.add(sessionId);
    this.tell(sessionId);
  }

  /** Has a session's followers told after the commit of a change whose version the transaction has taken itself. */
  tell(sessionId: string): void {
    this.touch(sessionId);
    this.topics.add(sessionsTopic(this.tenantId));
  }

  /** As {@link change}, for a change that the readers should see: the session's version rises at the commit. */
  raise(sessionId: string): void {
    this.change(sessionId);
    this.raised.add(sessionId);
  }

  /** As {@link raise}, for an agent that asks for input: snoozes of the session and of its root end. */
  ask({ id, rootId }: { id: string; rootId: string | null }): void {
    this.raise(id);
    this.asking.add(id);
    if (rootId === null) return;
    this.change(rootId);
    this.asking.add(rootId);
  }

  /** Notes how what a locked root has below it has changed. What the root shows of it is saved before the commit. */
  changeTree(rootId: string, change: TreeChange): void {
    const { total, active, requests } = this.trees.get(rootId) ?? { total: 0, active: 0, requests: 0 };
    this.trees.set(rootId, {
      total: total + change.total,
      active: active + change.active,
      requests: requests + change.requests,
    });
  }

  /** Notes that a reader changes this session: if the reader had read it, it stays read. Null for nobody. */
  byReader(readerId: string | null, sessionId: string | null): void {
    if (readerId !== null && sessionId !== null) this.deed = { readerId, sessionIds: [sessionId] };
  }

  /**
   * Notes that a new or locked task changes: it gets its next version at the commit, and its followers are told after
   * it.
   */
  changeTask(taskId: string): void {
    this.tasks.add(taskId);
    this.topics.add(queueTopic(this.tenantId));
  }

  /** Notes that an input request was opened or closed: it gets its next version at the commit, and its followers are told after it. */
  changeRequest(requestId: string): void {
    this.requests.add(requestId);
    this.topics.add(requestsTopic(this.tenantId));
  }

  /** Notes that input requests were removed: their removal gets its version at the commit, and their followers are told after it. */
  removeRequests(ids: readonly string[]): void {
    for (const id of ids) this.removedRequests.add(id);
    if (ids.length > 0) this.topics.add(requestsTopic(this.tenantId));
  }
}

const judgeTime = statement<{ ahead: boolean }, { at: Instant }>(
  // It looks at no row; the tenant is named as every statement names it.
  `SELECT :at::timestamptz > clock_timestamp() + interval '${aheadSeconds} seconds' AS ahead FROM (SELECT :tenantId::text AS tenant_id) AS caller`,
);

/** Whether a row that another transaction has locked is waited for, or passed over. */
export type Patience = "WAIT" | "SKIP";

/** Makes a statement that locks rows, once for each patience. */
export function locking<Made>(make: (clause: string) => Made): Record<Patience, Made> {
  return { WAIT: make("FOR NO KEY UPDATE"), SKIP: make("FOR NO KEY UPDATE SKIP LOCKED") };
}
