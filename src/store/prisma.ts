// Prisma's client for one tenant, beside the statements of statement.ts: see "Prisma and SQL" in docs/architecture.md.
import type pg from "pg";
import { createJoiningAdapter } from "../database/prisma-adapter.js";
import { type Prisma, PrismaClient } from "../generated/prisma/client.js";

/**
 * The models of Prisma's client, without what is about connections, transactions and raw SQL. A query that does not name
 * the tenant is refused before it is sent.
 */
export type TenantPrisma = Pick<ReturnType<typeof ofTenant>, Uncapitalize<Prisma.ModelName>>;

/** The client as one tenant may use it. */
function ofTenant(prisma: PrismaClient, tenantId: string) {
  return prisma.$extends({
    query: {
      $allModels: {
        $allOperations({ model, operation, args, query }) {
          if (namesTenant(operation, args, tenantId)) return query(args);
          throw new Error(`${model}.${operation} does not name the tenant ${tenantId}`);
        },
      },
    },
  });
}

/** Lets Prisma take part in transactions that are open on connections of the pool. */
export class TransactionPrisma {
  /** Opens the client, which takes 6 MB: only once it is needed. */
  readonly #open: () => PrismaClient;
  #client: PrismaClient | undefined;
  #next: pg.ClientBase | undefined;
  /** Settles once Prisma has taken the last connection that was given to it: it takes them one by one. */
  #taken: Promise<unknown> = Promise.resolve();

  constructor(pool: pg.Pool) {
    const adapter = createJoiningAdapter(pool, () => this.#take());
    // Errors come without an excerpt of the code and without the values of the call: they are logged.
    this.#open = () => new PrismaClient({ adapter, errorFormat: "minimal" });
  }

  /** A client inside the transaction that is open on this connection; `leave` it before the transaction ends. */
  join(connection: pg.ClientBase, tenantId: string): Promise<JoinedPrisma> {
    const joined = this.#taken.then(() => this.#join(connection, tenantId));
    this.#taken = joined.catch(() => {});
    return joined;
  }

  #take(): pg.ClientBase {
    const connection = this.#next;
    if (!connection) throw new Error("Prisma begins a transaction of its own");
    this.#next = undefined;
    return connection;
  }

  #join(connection: pg.ClientBase, tenantId: string): Promise<JoinedPrisma> {
    this.#next = connection;
    const client = (this.#client ??= this.#open());
    return new Promise((resolve, reject) => {
      const whole = ofTenant(client, tenantId).$transaction(
        (prisma) =>
          new Promise<void>((end) => {
            const leave = async () => {
              end();
              await whole;
            };
            resolve({ prisma, leave });
          }),
        { maxWait: unbounded, timeout: unbounded },
      );
      whole.catch(reject);
    });
  }

  /** Ends what it holds in memory. */
  async close(): Promise<void> {
    await this.#client?.$disconnect();
  }
}

/** Prisma inside an open transaction. */
export interface JoinedPrisma {
  prisma: TenantPrisma;
  /** Refuses all further queries. */
  leave(): Promise<void>;
}

/** Prisma has no say in how long a transaction takes. */
const unbounded = 2 ** 31 - 1;

/** True if what an operation reads, changes and inserts is the tenant's: each of them names it, alone or in a key. */
function namesTenant(operation: string, args: object, tenantId: string): boolean {
  const { where, data, create } = args as { where?: unknown; data?: unknown; create?: unknown };
  const places =
    operation === "upsert" ? [where, create] : operation.startsWith("create") ? [data].flat() : [where];
  const isOwn = (value: unknown) =>
    (value as { tenantId?: unknown } | null | undefined)?.tenantId === tenantId;
  return places.every(
    (place) =>
      isOwn(place) ||
      Object.entries(place ?? {}).some(([key, value]) => key.startsWith("tenantId_") && isOwn(value)),
  );
}
