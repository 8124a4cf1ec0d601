import { readFileSync } from "node:fs";
import { type AuthConfig, authConfigFromEnv } from "../auth/config.js";
import { assertMayListen } from "../auth/listen.js";
import type { ConfiguredBackend } from "../actions/backends.js";
import { AgentRunError } from "../domain/errors.js";
import { isJsonObject } from "../domain/json.js";
import { type Limits, defaultLimits } from "../graphql/engine/limits.js";
import { checkName } from "../domain/text.js";

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
  /** How many connections a node keeps at most, beside the one of the Postgres bus. */
  connections: number;
  bus: BusConfig;
  auth: AuthConfig;
  corsOrigins: readonly string[];
  backends: readonly ConfiguredBackend[];
  /** After how many days without activity a session without `expiresAt` is removed; null: never. */
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
  /** How many HTTP connections a node holds at most, WebSockets included. */
  maxConnections: number;
  /** How many connections that stay open one viewer may have on a node: WebSockets, and streams of events. */
  socketsPerViewer: number;
  /** How long the node rests between two sweeps for what has run out, in milliseconds. */
  sweepMs: number;
  /** What keeps connections alive or ends them, in milliseconds. */
  socketTimes: SocketTimes;
}

/** Times of connections that stay open, in milliseconds. */
export interface SocketTimes {
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

/** The times that the service keeps to. */
export const socketTimes: SocketTimes = {
  pingMs: 12_000,
  commentMs: 12_000,
  stalledMs: 30_000,
  recheckMs: 60_000,
  keyRecheckMs: 4_000,
};

/** What the command line adds to the environment. */
export interface Flags {
  embedded?: boolean;
  ephemeral?: boolean;
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

/** Reads the configuration; throws with the variable's name and what is allowed. */
export function readConfig(env: NodeJS.ProcessEnv, flags: Flags = {}): Config {
  const auth = authConfigFromEnv(env);
  const host = env["HOST"]?.trim() || "127.0.0.1";
  assertMayListen(host, auth);
  const logLevel = env["LOG_LEVEL"]?.trim() || "info";
  if (!logLevels.includes(logLevel)) throw new Error(`LOG_LEVEL must be one of ${logLevels.join(", ")}`);
  return {
    host,
    port: readWhole(env, "PORT", 4000, 0, 65_535),
    database: readDatabase(env, flags),
    connections: readWhole(env, "DATABASE_CONNECTIONS", 16, 2, 1_000),
    bus: readBus(env["BUS_URL"]?.trim()),
    auth,
    corsOrigins: (env["CORS_ORIGINS"] ?? "")
      .split(",")
      .map((origin) => origin.trim())
      .filter(Boolean),
    backends: readBackends(env["BACKENDS"]?.trim()),
    retentionDays: env["RETENTION_DAYS"]?.trim() ? readWhole(env, "RETENTION_DAYS", 1, 1, 36_500) : null,
    logLevel,
    socketsPerViewer: readWhole(env, "SOCKETS_PER_VIEWER", 1_000, 1, 1_000_000),
    limits: readLimits(env),
    ratePoints:
      auth.kind === "none" ? null : readWhole(env, "RATE_LIMIT", 1_000_000, 0, 1_000_000_000) || null,
    trustedDocuments: readTrusted(env["PERSISTED_DOCUMENTS"]?.trim()),
    introspection: readSwitch(env, "INTROSPECTION"),
    graphiql: readSwitch(env, "GRAPHIQL"),
    maxConnections: readWhole(env, "LIMIT_CONNECTIONS", 20_000, 1, 1_000_000),
    sweepMs: 1_000,
    socketTimes,
  };
}

/** The database alone: what `migrate` needs. */
export function readDatabase(env: NodeJS.ProcessEnv, flags: Flags): DatabaseConfig {
  const url = env["DATABASE_URL"]?.trim();
  if (url && !flags.embedded && !flags.ephemeral) return { kind: "url", url };
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
  return {
    kind: "embedded",
    dataDir: env["AGENTRUN_DATA_DIR"]?.trim() || ".agentrun",
    ephemeral: flags.ephemeral ?? false,
  };
}

function readBus(text: string | undefined): BusConfig {
  if (!text) return { kind: "postgres" };
  if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Error(
      "BUS_URL must be a redis:// or rediss:// URL; without it the database carries the wake-ups",
    );
  }
  return { kind: "redis", url: text };
}

/** The variable of each limit that may be set. */
const limitVariables = {
  LIMIT_BODY_BYTES: "bodyBytes",
  LIMIT_QUERY_BYTES: "queryBytes",
  LIMIT_TOKENS: "tokens",
  LIMIT_DEPTH: "depth",
  LIMIT_ALIASES: "aliases",
  LIMIT_ROOT_FIELDS: "rootFields",
  LIMIT_DIRECTIVES: "directives",
  LIMIT_COST: "cost",
  LIMIT_NODES: "nodes",
} as const satisfies Record<string, keyof Limits>;

function readLimits(env: NodeJS.ProcessEnv): Limits {
  const given = Object.entries(limitVariables).map(([variable, limit]) => [
    limit,
    readWhole(env, variable, defaultLimits[limit], 1, 1_000_000_000),
  ]);
  return { ...defaultLimits, ...Object.fromEntries(given) };
}

function readWhole(
  env: NodeJS.ProcessEnv,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const text = env[name]?.trim();
  if (!text) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`${name} must be from ${min} to ${max}`);
  return value;
}

/** What is on in development and off in production, unless the variable says otherwise. */
function readSwitch(env: NodeJS.ProcessEnv, name: string): boolean {
  const word = env[name]?.trim().toLowerCase();
  if (!word) return env["NODE_ENV"] !== "production";
  if (word === "1" || word === "true") return true;
  if (word === "0" || word === "false") return false;
  throw new Error(`${name} must be 1, true, 0 or false`);
}

/** PERSISTED_DOCUMENTS is a file: { "id": "text of the document", ... }. */
function readTrusted(file: string | undefined): Readonly<Record<string, string>> | null {
  if (!file) return null;
  const wrong = 'PERSISTED_DOCUMENTS must be a file of JSON: { "id": "the text of a document" }';
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(wrong, { cause: error });
  }
  if (!isJsonObject(manifest) || !Object.values(manifest).every((text) => typeof text === "string"))
    throw new Error(wrong);
  return manifest as Record<string, string>;
}

/** BACKENDS is JSON, or the name of a file that holds it: [{ "profile": "...", "capabilities": { ... } }]. */
function readBackends(text: string | undefined): ConfiguredBackend[] {
  if (!text) return [];
  const wrong = 'BACKENDS must be JSON, or a file of JSON: [{ "profile": "name", "capabilities": { } }]';
  let list: unknown;
  try {
    list = JSON.parse(text.startsWith("[") ? text : readFileSync(text, "utf8"));
  } catch (error) {
    throw new Error(wrong, { cause: error });
  }
  if (!Array.isArray(list)) throw new Error(wrong);
  return list.map((item: unknown) => {
    if (!isJsonObject(item) || typeof item["profile"] !== "string") throw new Error(wrong);
    const capabilities = item["capabilities"] ?? {};
    if (!isJsonObject(capabilities)) throw new Error(wrong);
    return { profile: checkName(item["profile"], "BACKENDS profile"), capabilities };
  });
}
