import type { Pool } from "pg";
import type { Settings } from "../database/connection.js";
import { type PoolOptions, openPool } from "../database/pool.js";
import type { Wake } from "../domain/topic.js";
import type { GraphEnvironment } from "../graphql/context.js";
import { readBoundOf } from "../graphql/engine/limits.js";
import { KeptCounts } from "../graphql/inbox/kept-counts.js";
import { Bus, type CreateLink } from "../realtime/bus.js";
import { Hub } from "../realtime/hub.js";
import { createPostgresLink } from "../realtime/postgres-bus.js";
import { readHealth } from "../store/health.js";
import { type Store, createStore } from "../store/store.js";
import { within } from "./closers.js";
import type { BusConfig } from "./config.js";
import { startIndexer } from "./indexer.js";
import type { Node } from "./node.js";
import { startSweeper } from "./sweeper.js";

/** How many connections the duties have beside those of callers: four for their locks, three for what is due, one each for the others. */
const dutyConnections = 10;

/** A duty does not wait for what is locked: it comes back. */
const dutySettings: Settings = { lock_timeout: "1s" };

/** Whether the node can work is asked over a connection of its own, so that callers who wait for theirs do not make it look dead. */
const healthConnections = 1;
const healthMs = 5_000;

/** How long a session is kept after its `expiresAt`, in seconds: as long, followers that were away are told that it is gone. */
const retentionGraceSeconds = 3_600;

/** How long a closing service waits for each thing that a blocked database may hold up, in milliseconds. */
const lastMs = 1_000;

/** What requests work with. */
export interface Work {
  pool: Pool;
  environment: GraphEnvironment;
}

/** Opens what reads and writes the database, and tells of what was written: pool, bus, store and sweeper. */
export async function openWork({ config, log, faults, closers }: Node, databaseUrl: string): Promise<Work> {
  const open = (options: Pick<PoolOptions, "connections" | "settings" | "answerMs" | "purpose">) => {
    const pool = openPool({
      ...options,
      connectionString: databaseUrl,
      onError: (error) => faults.report(error, "a database connection was lost", "warn"),
      onContent: (error) =>
        faults.report(
          error,
          "the database has no more connections for this node: callers wait for those that it has",
          "warn",
        ),
    });
    closers.add(() => within(lastMs, pool.end()));
    return pool;
  };
  const { connections, answerMs } = config;
  const pool = open({ connections, answerMs });
  const dutyPool = open({
    connections: dutyConnections,
    answerMs,
    settings: dutySettings,
    purpose: "duties",
  });
  const healthPool = open({ connections: healthConnections, answerMs: healthMs });

  const hub = new Hub();
  const bus = new Bus({
    hub,
    createLink: await readyLinks(config.bus, databaseUrl),
    onLost: (error) =>
      log.warn({ err: error }, "the bus was lost: what other nodes write is seen by polling"),
    onBack: () => log.info("the bus is back"),
  });
  closers.add(() => bus.close());
  const wake: Wake = (topics, fresh) => {
    hub.wake(topics, fresh);
    bus.publish(topics);
  };
  const [store, dutyStore] = [pool, dutyPool].map((each) => {
    const opened = createStore(each, wake, (error) =>
      faults.report(error, "a reader's inbox could not be prepared", "warn"),
    );
    closers.add(() => opened.close());
    return opened;
  }) as [Store, Store];
  await store.payloadKey.read();

  const { backends, limits, marksAtOnce, pollMs, sweepMs, indexMs, retentionDays } = config;
  const duties = { pool: dutyPool, store: dutyStore, log };
  const retention = { graceSeconds: retentionGraceSeconds, days: retentionDays };
  const stops = [
    sweepMs === null ? null : startSweeper({ ...duties, everyMs: sweepMs, retention }),
    indexMs === null ? null : startIndexer({ ...duties, everyMs: indexMs, hub }),
  ];
  for (const stop of stops) if (stop) closers.add(() => within(lastMs, stop()));
  const health = () => readHealth(healthPool);
  const shared = { store, hub, bus, counts: new KeptCounts() };
  return {
    pool,
    environment: { ...shared, backends, limits, readBound: readBoundOf(limits), marksAtOnce, pollMs, health },
  };
}

/** ioredis takes 40 ms to load: only who uses it waits for it. */
async function readyLinks(config: BusConfig, databaseUrl: string): Promise<CreateLink> {
  if (config.kind === "postgres") return createPostgresLink(databaseUrl);
  const { createRedisLink } = await import("../realtime/redis-bus.js");
  return createRedisLink(config.url);
}
