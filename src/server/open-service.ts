import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Pool } from "pg";
import { type Authenticate, createAuthenticate } from "../auth/authenticate.js";
import { applyMigrations } from "../database/migration/apply.js";
import { openDatabase } from "../database/open.js";
import type { Settings } from "../database/connection.js";
import { type PoolOptions, openPool } from "../database/pool.js";
import type { Wake } from "../domain/topic.js";
import type { GraphEnvironment } from "../graphql/context.js";
import type { LogFault } from "../graphql/engine/errors.js";
import { Graph } from "../graphql/engine/graph.js";
import { createAnswerGraph } from "../graphql/engine/short-road.js";
import { TrustedDocuments } from "../graphql/engine/trusted-documents.js";
import { type YogaRequest, createGraphServer } from "../graphql/engine/yoga.js";
import { KeptCounts } from "../graphql/inbox/kept-counts.js";
import { schema } from "../graphql/schema.js";
import { Bus, type CreateLink } from "../realtime/bus.js";
import { Hub } from "../realtime/hub.js";
import { createPostgresLink } from "../realtime/postgres-bus.js";
import { readHealth } from "../store/health.js";
import { type Store, createStore } from "../store/store.js";
import { Closers } from "./closers.js";
import type { BusConfig, Config } from "./config.js";
import { FaultLog } from "./fault-log.js";
import { createGraphiQL } from "./graphiql.js";
import { openWebPage } from "./web-page.js";
import { createHttpServer } from "./http.js";
import { KeyRing } from "./key-ring.js";
import type { Log } from "./log.js";
import { openRate } from "./rate.js";
import { Rights } from "./rights.js";
import { EventStreams } from "./sse.js";
import { startIndexer } from "./indexer.js";
import { startSweeper } from "./sweeper.js";
import { serveWebSockets } from "./socket/websocket.js";

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

/** How many connections the duties have beside those of callers: four for their locks, three for what is due, one each for the others. */
const dutyConnections = 10;

/** A duty does not wait for what is locked: it comes back. */
const dutySettings: Settings = { lock_timeout: "1s" };

/** Whether the node can work is asked over a connection of its own, so that callers who wait for theirs do not make it look dead. */
const healthConnections = 1;
const healthMs = 5_000;

/** How long a session is kept after its `expiresAt`, in seconds: as long, followers that were away are told that it is gone. */
const retentionGraceSeconds = 3_600;

/** Opens the database, migrates it, and serves. Whatever fails, nothing is left open. */
export async function openService(config: Config, log: Log): Promise<Service> {
  const closers = new Closers();
  const faults = new FaultLog(log);
  closers.add(() => faults.close());
  try {
    const database = await openDatabase(config.database, (message) => log.info(message));
    closers.add(() => database.close());
    await applyMigrations(database.connectionString, {
      log: (message) => log.info(message),
      allowNewer: config.allowNewerDatabase,
    });
    const node = { config, log, faults, closers };
    const work = await openWork(node, database.connectionString);
    const { port } = await serve(node, work, await openDoor(node, work));
    return {
      url: urlOf(config.host, port),
      database: database.description,
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close().catch((fault) => log.warn({ err: fault }, "not everything could be closed"));
    throw error;
  }
}

/** What every part of the node is opened with. */
interface Node {
  config: Config;
  log: Log;
  faults: FaultLog;
  closers: Closers;
}

/** What requests work with. */
interface Work {
  pool: Pool;
  environment: GraphEnvironment;
}

/** Opens what reads and writes the database, and tells of what was written: pool, bus, store and sweeper. */
async function openWork({ config, log, faults, closers }: Node, databaseUrl: string): Promise<Work> {
  const open = (options: Pick<PoolOptions, "connections" | "settings" | "answerMs" | "purpose">) => {
    const pool = openPool({
      ...options,
      connectionString: databaseUrl,
      onError: (error) => faults.report(error, "a database connection was lost", "warn"),
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
  return { pool, environment: { ...shared, backends, limits, marksAtOnce, pollMs, health } };
}

/** What says who calls, what connections that stay open may go on with, and what may be run. */
interface Door {
  authenticate: Authenticate;
  rights: Rights;
  graph: Graph;
  logFault: LogFault;
}

/** Opens what every request passes, over whatever transport it comes. */
async function openDoor({ config, faults, closers }: Node, { pool, environment }: Work): Promise<Door> {
  const logFault: LogFault = (error, message) => faults.report(error, message);
  const onUnnoted = (error: unknown) => faults.report(error, "the use of an API key was not written", "warn");
  const keyRing = new KeyRing({ pool, store: environment.store, onFault: onUnnoted });
  const authenticate = createAuthenticate(config.auth, undefined, keyRing);

  const { recheckMs, keyRecheckMs } = config.socketTimes;
  const rights = new Rights({
    authenticate,
    perViewer: config.socketsPerViewer,
    recheckMs,
    keyRecheckMs,
    onFault: (error) => faults.report(error, "the rights of open connections could not be checked", "warn"),
  });
  closers.add(() => rights.close());

  const { ratePoints, bus, trustedDocuments, limits, introspection } = config;
  const redisUrl = bus.kind === "redis" ? bus.url : null;
  const budget = ratePoints === null ? null : await openRate(ratePoints, redisUrl);
  closers.add(() => budget?.close());
  const trusted = trustedDocuments && new TrustedDocuments(trustedDocuments);
  const graph = new Graph({ schema, environment, limits, budget, trusted, introspection, logFault });
  return { authenticate, rights, graph, logFault };
}

/** Answers requests, sockets and streams from now on, and gives back where. */
async function serve({ config, closers }: Node, { environment }: Work, door: Door): Promise<AddressInfo> {
  const { graph, authenticate, rights, logFault } = door;
  const { socketTimes, unknownSockets } = config;
  const { bodyBytes } = config.limits;
  const origins = { localOnly: config.auth.kind === "none", origins: config.corsOrigins };
  let draining = false;

  const streams = new EventStreams({ rights, logFault, ...socketTimes });
  const yoga = createGraphServer<YogaRequest>({ graph, streams: streams.plugin() });
  const webPage = config.web ? await openWebPage(config.graphiql) : null;
  const { server, answered } = createHttpServer({
    graph: createAnswerGraph({ graph, yoga, short: config.shortRoad }),
    graphiql: config.graphiql ? createGraphiQL(webPage !== null) : null,
    webPage,
    authenticate,
    bodyBytes,
    connections: config.maxConnections,
    health: environment.health,
    requestTimes: config.requestTimes,
    origins,
    isDraining: () => draining,
  });
  const socketOptions = { graph, maxMessageBytes: bodyBytes, authenticate, rights, origins, logFault };
  const sockets = serveWebSockets({ server, ...socketOptions, ...socketTimes, unknownSockets });

  await listen(server, config);
  closers.add(async () => {
    draining = true;
    streams.close();
    await within(drainMs, Promise.all([sockets.close(), answered()]));
    server.close();
    server.closeAllConnections();
  });
  return server.address() as AddressInfo;
}

function listen(server: Server, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
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

function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/graphql`;
}
