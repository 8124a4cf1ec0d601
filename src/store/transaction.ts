import type { Writable } from "node:stream";
import type pg from "pg";
import { isAhead, aheadSeconds } from "../domain/occurrence.js";
import type { Instant } from "../domain/instant.js";
import {
  type Topic,
  queueTopic,
  readerTopic,
  requestsTopic,
  sessionsTopic,
  topicOf,
} from "../domain/topic.js";
import { isLostRace, isUnanswered } from "./database-error.js";
import { lateAt } from "./inbox/late.js";
import { findRead, markDone } from "./inbox/own-deed.js";
import type { JoinedPrisma, TenantPrisma } from "./prisma.js";
import { type TreeChange, showTrees } from "./session-tree.js";
import {
  type Statement,
  type TenantClient,
  type Values,
  createTenantClient,
  statement,
} from "./statement.js";
import type { TenantStore } from "./store.js";

/**
 * The only key to a write: an open transaction of one tenant. Rows are locked in one order everywhere: root, session, run,
 * command, task, attempt, input request, and the tenant last; several of a kind by id.
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
  /** The reader whose deed this is, and the sessions that it changes. */
  deed: { readerId: string; sessionIds: string[] } | null = null;
  #occurredAt: Instant | null = null;
  readonly #connection: pg.ClientBase;
  readonly #client: TenantClient;
  readonly #join: () => Promise<JoinedPrisma>;
  #joined: Promise<JoinedPrisma> | undefined;
  #isOver = false;
  #failure: { error: unknown } | undefined;

  /** Is called by {@link transaction} alone. */
  constructor(connection: pg.ClientBase, store: TenantStore) {
    this.tenantId = store.tenantId;
    this.#connection = connection;
    this.#client = createTenantClient(connection, store.tenantId);
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

/** How often the work is tried before a lost race is thrown. */
const attempts = 4;

/**
 * Runs the work in one short transaction, commits it, and wakes the topics that it touched. Work that loses a race is
 * done again from its beginning, at most `attempts` times in all. Any other error rolls back and is thrown.
 */
export async function transaction<Result>(
  store: TenantStore,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store.share.use(() => runOnce(store, work));
    } catch (error) {
      if (attempt === attempts || !isLostRace(error)) throw error;
    }
  }
}

async function runOnce<Result>(store: TenantStore, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  const connection = await store.pool.connect();
  const tx = new Tx(connection, store);
  let result: Result;
  try {
    [result] = await tx.together(() => {
      const begun = connection.query("BEGIN");
      return Promise.all([work(tx), begun]);
    });
    for (const id of await showTrees(tx, tx.trees, tx.occurredAt)) tx.change(id);
    await tx.leavePrisma();
    await stampAndCommit(tx, () => connection.query("COMMIT"));
  } catch (error) {
    tx.end();
    await tx.leavePrisma();
    if (isUnanswered(error)) connection.release(error as Error);
    else await rollBack(connection);
    throw error;
  }
  tx.end();
  connection.release();
  store.wake(tx.topics);
  return result;
}

/**
 * Locks the tenant's row, takes its next version and gives it to everything that changed, and commits. It is always the last
 * statement of its transaction. So versions become visible in their own order and a reader of "changed since version"
 * misses nothing, and the row is locked for one statement and a commit only, which is sent along with it: no answer is waited for
 * in between, however busy this process is. Where the statement fails, Postgres rolls back instead.
 */
async function stampAndCommit(tx: Tx, commit: () => Promise<unknown>): Promise<void> {
  const { sessions, raised, asking, tasks, requests } = tx;
  if (sessions.size === 0 && tasks.size === 0 && requests.size === 0) {
    await commit();
    return;
  }
  const { deed } = tx;
  const read = deed ? await findRead(tx, deed) : [];
  const changed = {
    sessions: [...sessions],
    raised: [...raised],
    asking: [...asking],
    tasks: [...tasks],
    requests: [...requests],
  };
  const take = () => tx.rows(stamp, changed);
  if (!deed || read.length === 0) {
    await tx.together(() => Promise.all([take(), commit()]));
    return;
  }
  const [taken] = await take();
  if (taken) await markDone(tx, { readerId: deed.readerId, sessionIds: read, version: taken.version });
  tx.topics.add(readerTopic(tx.tenantId, deed.readerId));
  await commit();
}
type Stamped = Record<"sessions" | "raised" | "asking" | "tasks" | "requests", readonly string[]>;
const stamp = statement<{ version: number }, Stamped>(`
  WITH taken AS (
    INSERT INTO tenant (tenant_id, version) VALUES (:tenantId, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET version = tenant.version + 1 RETURNING version
  ), changed_session AS (
    UPDATE session SET change_version = taken.version,
      late_at = ${lateAt},
      first_version = CASE WHEN session.change_version = 0 THEN taken.version ELSE first_version END,
      version = CASE WHEN id = ANY(:raised::text[]) THEN taken.version ELSE session.version END,
      input_version = CASE WHEN id = ANY(:asking::text[]) THEN taken.version ELSE session.input_version END
    FROM taken WHERE tenant_id = :tenantId AND id = ANY(:sessions::text[])
  ), changed_request AS (
    UPDATE input_request SET version = taken.version FROM taken WHERE tenant_id = :tenantId AND id = ANY(:requests::text[])
  ), changed_task AS (
    UPDATE queue_task SET version = taken.version FROM taken WHERE tenant_id = :tenantId AND id = ANY(:tasks::text[])
  )
  SELECT version FROM taken`);

/** Each query is a write to the socket of its own otherwise, which costs as much as all else that is done here for one. */
function inOnePiece<Result>(connection: pg.ClientBase, begin: () => Result): Result {
  const { stream } = (connection as pg.ClientBase & { connection: { stream: Writable } }).connection;
  stream.cork();
  try {
    return begin();
  } finally {
    stream.uncork();
  }
}

/** Rolls back and gives the connection back, or throws it away if it does not answer. */
async function rollBack(connection: pg.PoolClient): Promise<void> {
  try {
    await connection.query("ROLLBACK");
    connection.release();
  } catch (error) {
    connection.release(error as Error);
  }
}
