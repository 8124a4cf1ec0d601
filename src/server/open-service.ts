import type { AddressInfo } from "node:net";
import { createAuthenticate } from "../auth/authenticate.js";
import { applyMigrations } from "../database/migration/apply.js";
import { openDatabase } from "../database/open.js";
import { openPool } from "../database/pool.js";
import { type GraphContext, type GraphEnvironment, createContext } from "../graphql/context.js";
import { createGraphServer } from "../graphql/yoga.js";
import { Hub } from "../realtime/hub.js";
import { createStore } from "../store/store.js";
import type { Config } from "./config.js";
import { createGraphiQL } from "./graphiql.js";
import { createHttpServer } from "./http.js";
import type { Log } from "./log.js";
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
const drainMs = 8_000;

/** Opens the database, migrates it, and serves. Whatever fails, nothing is left open. */
export async function openService(config: Config, log: Log): Promise<Service> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const database = await openDatabase(config.database, (message) => log.info(message));
    closers.push(() => database.close());
    await applyMigrations(database.connectionString, { log: (message) => log.info(message) });

    const pool = openPool({
      connectionString: database.connectionString,
      connections: config.connections,
      onError: (error) => log.warn({ err: error }, "a database connection was lost"),
    });
    closers.push(() => pool.end());

    const hub = new Hub();
    const store = createStore(
      pool,
      (topics) => hub.wake(topics),
      (error) => log.warn({ err: error }, "a reader's inbox could not be prepared"),
    );
    closers.push(() => store.close());

    const environment: GraphEnvironment = { store, hub, backends: config.backends };
    const authenticate = createAuthenticate(config.auth);
    const logFault = (error: unknown, message: string) => log.error({ err: error }, message);
    const localOnly = config.auth.kind === "none";
    let draining = false;

    const yoga = createGraphServer<object>({
      createContext: async ({ request }): Promise<GraphContext> =>
        createContext(environment, await authenticate(request.headers.get("authorization"))),
      corsOrigins: config.corsOrigins,
      logFault,
    });
    const server = createHttpServer({
      graph: yoga,
      graphiql: createGraphiQL(),
      pool,
      localOnly,
      isDraining: () => draining,
    });
    const sockets = serveWebSockets({ server, yoga, environment, authenticate, localOnly, logFault });

    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(config.port, config.host, resolve);
    });
    closers.push(async () => {
      draining = true;
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      await sockets.close();
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(cut);
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

function urlOf(host: string, { port }: AddressInfo): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/graphql`;
}
