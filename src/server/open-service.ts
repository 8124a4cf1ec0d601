import type { AddressInfo } from "node:net";
import { createAuthenticate } from "../auth/authenticate.js";
import { applyMigrations } from "../database/migration/apply.js";
import { openDatabase } from "../database/open.js";
import { openPool } from "../database/pool.js";
import type { GraphEnvironment } from "../graphql/context.js";
import { Graph } from "../graphql/engine/graph.js";
import { TrustedDocuments } from "../graphql/engine/trusted-documents.js";
import { type Caller, createGraphServer } from "../graphql/engine/yoga.js";
import { schema } from "../graphql/schema.js";
import { Bus, type CreateLink } from "../realtime/bus.js";
import { Hub } from "../realtime/hub.js";
import { createPostgresLink } from "../realtime/postgres-bus.js";
import { createStore } from "../store/store.js";
import type { BusConfig, Config } from "./config.js";
import { FaultLog } from "./fault-log.js";
import { createGraphiQL } from "./graphiql.js";
import { createHttpServer } from "./http.js";
import { KeyRing } from "./key-ring.js";
import type { Log } from "./log.js";
import { openRate } from "./rate.js";
import { Rights } from "./rights.js";
import { EventStreams, type NodeRequest } from "./sse.js";
import { startSweeper } from "./sweeper.js";
import { serveWebSockets } from "./websocket.js";

/** A running node of the service. */
export interface Service {
  /** Where the API is: http://host:port/graphql. */
  url: string;
  /** Where the data is, for people. */
  database: string;
  /** Takes no new work, ends streams with 1012, lets what is under way finish, and closes the database. */
  close(): Promise<void>;
}

/** How long a closing service waits for requests that are under way, in milliseconds. */
const drainMs = 7_000;

/** How long it then waits for each thing that a blocked database may hold up, in milliseconds. */
const lastMs = 1_000;

/** How long a session is kept after its `expiresAt`, in seconds: as long, followers that were away are told that it is gone. */
const retentionGraceSeconds = 3_600;

/** Opens the database, migrates it, and serves. Whatever fails, nothing is left open. */
export async function openService(config: Config, log: Log): Promise<Service> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  const faults = new FaultLog(log);
  closers.push(async () => faults.close());
  try {
    const database = await openDatabase(config.database, (message) => log.info(message));
    closers.push(() => database.close());
    await applyMigrations(database.connectionString, { log: (message) => log.info(message) });

    const pool = openPool({
      connectionString: database.connectionString,
      connections: config.connections,
      onError: (error) => faults.report(error, "a database connection was lost", "warn"),
    });
    closers.push(() => within(lastMs, pool.end()));

    const hub = new Hub();
    const bus = new Bus({
      hub,
      createLink: await readyLinks(config.bus, database.connectionString),
      onLost: (error) =>
        log.warn({ err: error }, "the bus was lost: what other nodes write is seen by polling"),
      onBack: () => log.info("the bus is back"),
    });
    closers.push(() => bus.close());
    const store = createStore(
      pool,
      (topics) => {
        hub.wake(topics);
        bus.publish(topics);
      },
      (error) => faults.report(error, "a reader's inbox could not be prepared", "warn"),
    );
    closers.push(() => store.close());

    const retention = { graceSeconds: retentionGraceSeconds, days: config.retentionDays };
    const stopSweeper = startSweeper({ pool, store, log, everyMs: config.sweepMs, retention });
    closers.push(() => within(lastMs, stopSweeper()));

    const environment: GraphEnvironment = {
      store,
      hub,
      bus,
      backends: config.backends,
      limits: config.limits,
    };
    const onUnnoted = (error: unknown) =>
      faults.report(error, "the use of an API key was not written", "warn");
    const keyRing = new KeyRing({ pool, store, onFault: onUnnoted });
    const authenticate = createAuthenticate(config.auth, undefined, keyRing);
    const logFault = (error: unknown, message: string) => faults.report(error, message);
    const origins = { localOnly: config.auth.kind === "none", origins: config.corsOrigins };
    let draining = false;

    const { pingMs, commentMs, stalledMs, recheckMs, keyRecheckMs } = config.socketTimes;
    const rights = new Rights({
      authenticate,
      perViewer: config.socketsPerViewer,
      recheckMs,
      keyRecheckMs,
      onFault: (error) => faults.report(error, "the rights of open connections could not be checked", "warn"),
    });
    closers.push(async () => rights.close());
    const budget =
      config.ratePoints === null
        ? null
        : await openRate(config.ratePoints, config.bus.kind === "redis" ? config.bus.url : null);
    closers.push(async () => budget?.close());
    const graph = new Graph({
      schema,
      environment,
      limits: config.limits,
      budget,
      trusted: config.trustedDocuments && new TrustedDocuments(config.trustedDocuments),
      introspection: config.introspection,
      logFault,
    });
    const streams = new EventStreams({ rights, logFault, commentMs, stalledMs });

    const yoga = createGraphServer<NodeRequest & Caller>({
      graph,
      streams: streams.plugin(),
    });
    const { server, answered } = createHttpServer({
      graph: (request, response, caller) => yoga(request, response, caller as Partial<NodeRequest & Caller>),
      graphiql: config.graphiql ? createGraphiQL() : () => false,
      authenticate,
      bodyBytes: config.limits.bodyBytes,
      connections: config.maxConnections,
      pool,
      origins,
      isDraining: () => draining,
    });
    const sockets = serveWebSockets({
      server,
      graph,
      maxMessageBytes: config.limits.bodyBytes,
      authenticate,
      rights,
      origins,
      logFault,
      pingMs,
      stalledMs,
    });

    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(config.port, config.host, resolve);
    });
    closers.push(async () => {
      draining = true;
      streams.close();
      await within(drainMs, Promise.all([sockets.close(), answered()]));
      server.close();
      server.closeAllConnections();
    });

    return {
      url: urlOf(config.host, server.address() as AddressInfo),
      database: database.description,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits for what may not end in time. */
async function within(timeMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** ioredis takes 40 ms to load: only who uses it waits for it. */
async function readyLinks(config: BusConfig, databaseUrl: string): Promise<CreateLink> {
  if (config.kind === "postgres") return createPostgresLink(databaseUrl);
  const { createRedisLink } = await import("../realtime/redis-bus.js");
  return createRedisLink(config.url);
}

function urlOf(host: string, { port }: AddressInfo): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/graphql`;
}
