import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Authenticate, createAuthenticate } from "../auth/authenticate.js";
import { applyMigrations } from "../database/migration/apply.js";
import { openDatabase } from "../database/open.js";
import type { LogFault } from "../graphql/engine/errors.js";
import { Graph } from "../graphql/engine/graph.js";
import { createAnswerGraph } from "../graphql/engine/short-road.js";
import { TrustedDocuments } from "../graphql/engine/trusted-documents.js";
import { type YogaRequest, createGraphServer } from "../graphql/engine/yoga.js";
import { schema } from "../graphql/schema.js";
import { Closers, within } from "./closers.js";
import type { Config } from "./config.js";
import { FaultLog } from "./fault-log.js";
import { createGraphiQL } from "./graphiql.js";
import { createHttpServer } from "./http.js";
import { KeyRing } from "./key-ring.js";
import type { Log } from "./log.js";
import { type Work, openWork } from "./node-work.js";
import type { Node } from "./node.js";
import { openRate } from "./rate.js";
import { Rights } from "./rights.js";
import { serveWebSockets } from "./socket/websocket.js";
import { EventStreams } from "./sse.js";
import { StallWatch } from "./stall-watch.js";
import { openWebPage } from "./web-page.js";

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
  const stalls = new StallWatch(server, socketTimes.stalledMs);
  closers.add(() => stalls.close());
  const socketOptions = { graph, maxMessageBytes: bodyBytes, authenticate, rights, origins, logFault };
  const sockets = serveWebSockets({ server, stalls, ...socketOptions, ...socketTimes, unknownSockets });

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

function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/graphql`;
}
