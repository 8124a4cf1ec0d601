import type { ConfiguredBackend } from "../actions/backends.js";
import type { AuthConfig } from "../auth/config.js";
import { assertMayListen } from "../auth/listen.js";
import { answerMs } from "../database/connection.js";
import { AgentRunError } from "../domain/errors.js";
import type { Limits } from "../graphql/engine/limits.js";
import { pollMs } from "../realtime/audience/audience.js";
import { marksAtOnce } from "../store/inbox/mark-list-read.js";
import { authVariables, readAuthConfig } from "./auth-config.js";
import { readVariables, readerOf } from "./setting.js";
import {
  databaseUrl,
  databaseVariables,
  limitSchema,
  limitsOf,
  logVariables,
  nodeVariables,
} from "./variables.js";

/** Which Postgres: the one that DATABASE_URL names, or the embedded one. */
export type DatabaseConfig =
  | { kind: "url"; url: string }
  | { kind: "embedded"; dataDir: string; ephemeral: boolean };

/** What carries wake-ups between nodes: LISTEN and NOTIFY of the service's own database, or Redis pub/sub. */
export type BusConfig = { kind: "postgres" } | { kind: "redis"; url: string };

/** Everything that the service is told from outside. */
export interface Config {
  host: string;
  /** 0: any free port. */
  port: number;
  database: DatabaseConfig;
  /** Whether a database that a newer build has migrated is taken as it is: while nodes of both builds run. */
  allowNewerDatabase: boolean;
  /** How many connections a node keeps at most, beside the one of the Postgres bus. */
  connections: number;
  /** How long the node waits for an answer of the database, in milliseconds: then the connection is dropped. */
  answerMs: number;
  bus: BusConfig;
  auth: AuthConfig;
  corsOrigins: readonly string[];
  backends: readonly ConfiguredBackend[];
  /** After how many days things in which nothing happens are removed, sessions without `expiresAt` among them; null: never. */
  retentionDays: number | null;
  logLevel: string;
  /** What one request may cost at most. */
  limits: Limits;
  /** How many points each caller may spend a minute; null: without bound. Only with auth: otherwise there is one caller. */
  ratePoints: number | null;
  /** The only documents that may be run, by id; null: any. */
  trustedDocuments: Readonly<Record<string, string>> | null;
  /** Whether introspection is answered and errors suggest names. */
  introspection: boolean;
  /** Whether browsers are shown GraphiQL. */
  graphiql: boolean;
  /** Whether browsers are shown the inbox at `/`. */
  web: boolean;
  /** How many HTTP connections a node holds at most, WebSockets included. */
  maxConnections: number;
  /** How many connections that stay open one viewer may have on a node: WebSockets, and streams of events. */
  socketsPerViewer: number;
  /** How many WebSockets a node holds whose clients have not said who they are. */
  unknownSockets: number;
  /** How many sessions of a list one transaction marks as read; of more the reader's followers are not told one by one. */
  marksAtOnce: number;
  /** Whether common requests are answered past Yoga: see graphql/engine/short-road.ts. */
  shortRoad: boolean;
  /** How long the node rests between two sweeps for what has run out, in milliseconds; null: it does not sweep, nor remove what is old. */
  sweepMs: number | null;
  /** How long the node rests between two looks for what is not in the index of texts, in milliseconds; null: it does not look. */
  indexMs: number | null;
  /** How long followers wait for a wake-up before their log is read all the same, in milliseconds. */
  pollMs: number;
  /** What keeps connections alive or ends them, in milliseconds. */
  socketTimes: SocketTimes;
  /** How long a request may take to arrive, in milliseconds. */
  requestTimes: RequestTimes;
}

/** Times of connections that stay open, in milliseconds. */
export interface SocketTimes {
  /** How long a WebSocket's client has to say who it is. */
  unknownMs: number;
  /** How often a WebSocket's client must show that it is there. */
  pingMs: number;
  /** How often a stream of events that has nothing to say sends a comment. */
  commentMs: number;
  /** How long a client may leave waiting data unread. */
  stalledMs: number;
  /** How often the caller's rights are looked at again. */
  recheckMs: number;
  /** The same for callers that are known by an API key, which must be gone 5 s after it was revoked. */
  keyRecheckMs: number;
}

/** How many WebSockets of unknown clients the service holds. */
export const unknownSockets = 1_000;

/** The times that the service keeps to. */
export const socketTimes: SocketTimes = {
  unknownMs: 3_000,
  pingMs: 12_000,
  commentMs: 12_000,
  stalledMs: 30_000,
  recheckMs: 60_000,
  keyRecheckMs: 4_000,
};

/** Times of a request that arrives, in milliseconds. Later, it is answered with 408 and its connection ends. */
export interface RequestTimes {
  /** How long its headers may take. */
  headersMs: number;
  /** How long all of it may take. */
  wholeMs: number;
}

/** The times that the service keeps to. */
export const requestTimes: RequestTimes = { headersMs: 10_000, wholeMs: 30_000 };

/** What the command line adds to the environment. */
export interface Flags {
  embedded?: boolean;
  ephemeral?: boolean;
  host?: string;
  port?: number;
}

/** The names of all variables that the service reads. */
export const variableNames = [
  authVariables,
  databaseVariables,
  logVariables,
  nodeVariables,
  limitSchema,
].flatMap(({ entries }) => Object.keys(entries));

/** Reads the configuration; throws with the variable's name, what was given unless it may be a secret, and what is allowed. */
export function readConfig(env: NodeJS.ProcessEnv, flags: Flags = {}): Config {
  const auth = readAuthConfig(env);
  const read = readVariables(nodeVariables, env);
  const limits = limitsOf(readVariables(limitSchema, env));
  const host = flags.host?.trim() || read.HOST;
  assertMayListen(host, auth);
  const isProduction = env["NODE_ENV"] === "production";
  const introspection = read.INTROSPECTION ?? !isProduction;
  if (read.GRAPHIQL && !introspection)
    throw new Error("GRAPHIQL must be off while INTROSPECTION is off: its page asks for the schema");
  return {
    host,
    port: flags.port ?? read.PORT,
    database: readDatabase(env, flags),
    allowNewerDatabase: readAllowNewer(env),
    connections: read.DATABASE_CONNECTIONS,
    answerMs,
    bus: read.BUS_URL === null ? { kind: "postgres" } : { kind: "redis", url: read.BUS_URL },
    auth,
    corsOrigins: read.CORS_ORIGINS,
    backends: read.BACKENDS,
    retentionDays: read.RETENTION_DAYS,
    logLevel: readLogLevel(env),
    socketsPerViewer: read.SOCKETS_PER_VIEWER,
    limits,
    ratePoints: auth.kind === "none" ? null : read.RATE_LIMIT || null,
    trustedDocuments: read.PERSISTED_DOCUMENTS,
    introspection,
    graphiql: read.GRAPHIQL ?? (introspection && !isProduction),
    web: read.WEB,
    maxConnections: read.LIMIT_CONNECTIONS,
    unknownSockets,
    marksAtOnce,
    shortRoad: true,
    sweepMs: 1_000,
    indexMs: 500,
    pollMs,
    socketTimes,
    requestTimes,
  };
}

/** The level of the log alone. */
export function readLogLevel(env: NodeJS.ProcessEnv): string {
  return readVariables(logVariables, env).LOG_LEVEL;
}

/** Whether a database that a newer build has migrated is taken: what `migrate` needs besides. */
export function readAllowNewer(env: NodeJS.ProcessEnv): boolean {
  return readVariables(databaseVariables, env).ALLOW_NEWER_DATABASE;
}

/** The database alone: what `migrate` needs. */
export function readDatabase(env: NodeJS.ProcessEnv, flags: Flags): DatabaseConfig {
  const { DATABASE_URL: url, AGENTRUN_DATA_DIR: dataDir } = readVariables(databaseVariables, env);
  if (url !== null && !flags.embedded && !flags.ephemeral) {
    return { kind: "url", url: readerOf("DATABASE_URL", databaseUrl)(url) };
  }
  if (env["NODE_ENV"] === "production" && !flags.embedded) {
    throw new AgentRunError(
      "infra-failed: DATABASE_URL is missing: with NODE_ENV=production the service needs a Postgres; --embedded asks for the embedded one all the same",
      {
        code: "UNAVAILABLE",
        failureKind: "INFRA_FAILED",
        details: { adapter: "postgres", databaseUrl: "missing" },
      },
    );
  }
  return { kind: "embedded", dataDir, ephemeral: flags.ephemeral ?? false };
}
