import type pg from "pg";
import { type Topic, queueTopic, sessionsTopic, topicOf } from "../domain/topic.js";
import { isLostRace } from "./database-error.js";
import type { JoinedPrisma, TenantPrisma } from "./prisma.js";
import {
  type Statement,
  type TenantClient,
  type Values,
  createTenantClient,
  statement,
} from "./statement.js";
import type { TenantStore } from "./store.js";

/**
 * The only key to a write: an open transaction of one tenant. Rows are locked in one order everywhere: session, run,
 * command, task, attempt, and the tenant last; several of a kind by id.
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
  /** The ids of queue tasks that were changed. */
  readonly tasks = new Set<string>();
  readonly #client: TenantClient;
  readonly #join: () => Promise<JoinedPrisma>;
  #joined: Promise<JoinedPrisma> | undefined;

  /** Is called by {@link transaction} alone. */
  constructor(connection: pg.ClientBase, store: TenantStore) {
    this.tenantId = store.tenantId;
    this.#client = createTenantClient(connection, store.tenantId);
    this.#join = () => store.transactionPrisma.join(connection, store.tenantId);
  }

  /** Runs the statement inside the transaction. */
  rows<Row, Given extends object>(
    statement: Statement<Row, Given>,
    ...values: Values<Given>
  ): Promise<Row[]> {
    return this.#client.rows(statement, ...values);
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
    this.touch(sessionId);
    this.topics.add(sessionsTopic(this.tenantId));
  }

  /** As {@link change}, for a change that the readers should see: the session's version rises at the commit. */
  raise(sessionId: string): void {
    this.change(sessionId);
    this.raised.add(sessionId);
  }

  /** As {@link raise}, for an agent that asks for input: the session's snoozes end. */
  ask(sessionId: string): void {
    this.raise(sessionId);
    this.asking.add(sessionId);
  }

  /**
   * Notes that a new or locked task changes: it gets its next version at the commit, and its followers are told after
   * it.
   */
  changeTask(taskId: string): void {
    this.tasks.add(taskId);
    this.topics.add(queueTopic(this.tenantId));
  }
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
      return await runOnce(store, work);
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
    await connection.query("BEGIN");
    result = await work(tx);
    await stampChanges(tx);
    await tx.leavePrisma();
    await connection.query("COMMIT");
  } catch (error) {
    await tx.leavePrisma();
    await rollBack(connection);
    throw error;
  }
  connection.release();
  store.wake(tx.topics);
  return result;
}

/**
 * Locks the tenant's row, takes its next version and gives it to everything that changed. It is always the last
 * statement of its transaction. So versions become visible in their own order and a reader of "changed since version"
 * misses nothing, and the row is locked for one statement and a commit only. As the first statement it held one
 * tenant to 104 to 130 createRun a second.
 */
async function stampChanges(tx: Tx): Promise<void> {
  const { sessions, raised, asking, tasks } = tx;
  if (sessions.size === 0 && tasks.size === 0) return;
  await tx.rows(stamp, {
    sessions: [...sessions],
    raised: [...raised],
    asking: [...asking],
    tasks: [...tasks],
  });
}
type Stamped = Record<"sessions" | "raised" | "asking" | "tasks", readonly string[]>;
const stamp = statement<{ version: number }, Stamped>(`
  WITH taken AS (
    INSERT INTO tenant (tenant_id, version) VALUES (:tenantId, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET version = tenant.version + 1 RETURNING version
  ), changed_session AS (
    UPDATE session SET change_version = taken.version,
      version = CASE WHEN id = ANY(:raised::text[]) THEN taken.version ELSE session.version END,
      input_version = CASE WHEN id = ANY(:asking::text[]) THEN taken.version ELSE session.input_version END
    FROM taken WHERE tenant_id = :tenantId AND id = ANY(:sessions::text[])
  ), changed_task AS (
    UPDATE queue_task SET version = taken.version FROM taken WHERE tenant_id = :tenantId AND id = ANY(:tasks::text[])
  )
  SELECT version FROM taken`);

/** Rolls back and gives the connection back, or throws it away if it does not answer. */
async function rollBack(connection: pg.PoolClient): Promise<void> {
  try {
    await connection.query("ROLLBACK");
    connection.release();
  } catch (error) {
    connection.release(error as Error);
  }
}
