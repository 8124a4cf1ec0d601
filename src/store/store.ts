import { PrismaPg } from "@prisma/adapter-pg";
import { LRUCache } from "lru-cache";
import { createHash } from "node:crypto";
import type pg from "pg";
import type { Wake } from "../domain/topic.js";
import { PrismaClient } from "../generated/prisma/client.js";
import { EventAppender } from "./event-log/appender.js";
import { EventLogs } from "./event-log/read.js";
import { SkipBuilder } from "./inbox/skip.js";
import { type TenantClient, createTenantClient } from "./statement.js";

/** The database as the rest of the service sees it: through a tenant only. */
export interface Store {
  tenant(tenantId: string): TenantStore;
  /** Ends what the store began; its pool belongs to who opened it. */
  close(): Promise<void>;
}

/** What one tenant's rows are read through, and what its transactions begin with. */
export interface TenantStore extends TenantClient {
  readonly pool: pg.Pool;
  /** For simple reads by key of what holds no instant: its dates know milliseconds only. */
  readonly prisma: PrismaClient;
  readonly appender: EventAppender;
  readonly logs: EventLogs;
  readonly skips: SkipBuilder;
  readonly wake: Wake;
}

/** Of how many tenants what was used last is kept: appends of one tenant are merged as long as it is. */
const keptTenants = 10_000;

/** Opens the store over a pool. What goes wrong in the background is told to `onFault`. */
export function createStore(pool: pg.Pool, wake: Wake, onFault: (error: unknown) => void): Store {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { statementNameGenerator }) });
  const skips = new SkipBuilder(onFault);
  const tenants = new LRUCache<string, TenantStore>({
    max: keptTenants,
    memoMethod: (tenantId) => {
      const client = createTenantClient(pool, tenantId);
      const appender = new EventAppender(client, wake);
      return { ...client, pool, prisma, appender, logs: new EventLogs(client), skips, wake };
    },
  });

  return {
    tenant: (tenantId) => tenants.memo(tenantId),
    close: () => {
      skips.close();
      return prisma.$disconnect();
    },
  };
}

function statementNameGenerator({ sql }: { sql: string }): string {
  return `prisma_${createHash("sha1").update(sql).digest("hex").slice(0, 24)}`;
}
