import { LRUCache } from "lru-cache";
import { entries } from "../domain/entries.js";
import type pg from "pg";
import type { Wake } from "../domain/topic.js";
import { Background } from "./background.js";
import { type Beginnings, createBeginnings } from "./begin/beginnings.js";
import { DeltaStreams } from "./delta/read.js";
import type { StreamState } from "./delta/stream.js";
import { EventAppender } from "./event-log/appender.js";
import { FreshEvents } from "./event-log/fresh-events.js";
import { EventLogs } from "./event-log/read.js";
import { Lookups } from "./lookups.js";
import { RunTails } from "./event-log/tails.js";
import { BaseKeeper } from "./inbox/base/keeper.js";
import { SkipBuilder } from "./inbox/skip.js";
import { PayloadKey } from "./payload-key.js";
import { TransactionPrisma } from "./prisma.js";
import { Share, Shares } from "./share.js";
import { type TenantClient, createTenantClient } from "./statement.js";

/** The database as the rest of the service sees it: through a tenant only. */
export interface Store {
  tenant(tenantId: string): TenantStore;
  readonly payloadKey: PayloadKey;
  /** Ends what the store began; its pool belongs to who opened it. */
  close(): Promise<void>;
}

/** What one tenant's rows are read through, and what its transactions begin with. */
export interface TenantStore extends TenantClient {
  readonly pool: pg.Pool;
  /** The tenant's part of the pool, for its transactions and the appends that wait for a row. */
  readonly share: Share;
  readonly transactionPrisma: TransactionPrisma;
  readonly appender: EventAppender;
  readonly beginnings: Beginnings;
  readonly logs: EventLogs;
  readonly tails: RunTails;
  readonly deltas: DeltaStreams;
  /** What reads a row or a few by their keys: see {@link Lookups}. */
  readonly lookups: TenantClient;
  /** How streams of deltas stand that this node was sent, by tenant, run and name, so that the next delta need not read it. */
  readonly streams: LRUCache<string, StreamState>;
  readonly payloadKey: PayloadKey;
  readonly skips: SkipBuilder;
  readonly bases: BaseKeeper;
  readonly background: Background;
  readonly wake: Wake;
}

/** Of how many tenants what was used last is kept: appends of one tenant are merged as long as it is. */
const keptTenants = 10_000;

/** Of how many characters of streams of deltas it is kept how they stand; each stream counts as 1,000 more. */
const keptStreams = 16_777_216;

/** Opens the store over a pool. What goes wrong in the background is told to `onFault`. */
export function createStore(pool: pg.Pool, wake: Wake, onFault: (error: unknown) => void): Store {
  const transactionPrisma = new TransactionPrisma(pool);
  const skips = new SkipBuilder(onFault);
  const background = new Background(onFault);
  const bases = new BaseKeeper(background);
  const tails = new RunTails();
  const fresh = new FreshEvents();
  const lookups = new Lookups(pool);
  const sizeCalculation = ({ shown, tail }: StreamState) => shown.length + tail.length + 1_000;
  const streams = new LRUCache<string, StreamState>({ maxSize: keptStreams, sizeCalculation });
  const payloadKey = new PayloadKey(pool);
  const shares = new Shares(pool.options.max);
  const tenants = new LRUCache<string, TenantStore>({
    ...entries(keptTenants),
    memoMethod: (tenantId) => {
      const client = createTenantClient(pool, tenantId);
      const share = new Share(shares);
      const appender = new EventAppender(client, share, fresh, wake);
      return {
        ...client,
        pool,
        share,
        transactionPrisma,
        appender,
        beginnings: createBeginnings(client, share, wake),
        logs: new EventLogs(client, fresh),
        tails,
        lookups: lookups.tenant(tenantId),
        deltas: new DeltaStreams(client),
        streams,
        payloadKey,
        skips,
        bases,
        background,
        wake,
      };
    },
  });

  return {
    tenant: (tenantId) => tenants.memo(tenantId),
    payloadKey,
    close: async () => {
      skips.close();
      await background.close();
      await transactionPrisma.close();
    },
  };
}
