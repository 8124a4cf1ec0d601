import * as v from "valibot";
import { type Limits, defaultLimits } from "../graphql/engine/limits.js";
import { backends, documents } from "./json-setting.js";
import { origins, onOrOff, oneOf, optional, setting, whole } from "./setting.js";

const postgresUrl = /^postgres(?:ql)?:\/\//i;

/** The URL of a Postgres. Its messages do not repeat it, since it may hold a password. */
export const databaseUrl = v.pipe(
  v.string(),
  v.regex(
    postgresUrl,
    "must be a postgres:// or postgresql:// URL, such as postgres://user:password@host:5432/name",
  ),
  v.check(
    isReadableUrl,
    "cannot be read as a URL: in a user name, a password or a name of a database, other characters than letters, digits and - . _ ~ must be percent-encoded (# as %23, / as %2F, @ as %40, % as %25)",
  ),
);

function isReadableUrl(text: string): boolean {
  // A socket's folder is named by ?host=, and then the place of the host may be empty.
  const url = text.replace("@/", "@localhost/");
  if (!URL.canParse(url)) return false;
  const { username, password, pathname } = new URL(url);
  return [username, password, pathname].every(isPercentEncoded);
}

function isPercentEncoded(text: string): boolean {
  return !/%(?![0-9a-f]{2})/i.test(text);
}

const redisUrl = v.pipe(
  v.string(),
  v.check(
    (text) => /^rediss?:\/\//.test(text) && URL.canParse(text),
    "must be a redis:// or rediss:// URL; without it the database carries the wake-ups",
  ),
);

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** How much a limit may be at most, unless it is said otherwise. */
const most = 1_000_000_000;

/** The variable of each limit of a request, and how much it may be at most. */
const limitVariables: Record<keyof Limits, [variable: string, max: number]> = {
  bodyBytes: ["LIMIT_BODY_BYTES", most],
  queryBytes: ["LIMIT_QUERY_BYTES", most],
  tokens: ["LIMIT_TOKENS", most],
  depth: ["LIMIT_DEPTH", most],
  aliases: ["LIMIT_ALIASES", most],
  rootFields: ["LIMIT_ROOT_FIELDS", most],
  directives: ["LIMIT_DIRECTIVES", most],
  cost: ["LIMIT_COST", most],
  // What is deeper would overflow the stack of what recurses.
  jsonDepth: ["LIMIT_JSON_DEPTH", 1_000],
  jsonKeys: ["LIMIT_JSON_KEYS", most],
  jsonValues: ["LIMIT_JSON_VALUES", most],
  nodes: ["LIMIT_NODES", most],
  streamVariableBytes: ["LIMIT_STREAM_VARIABLE_BYTES", most],
  // A longer text than Node can hold would be a fault.
  answerBytes: ["LIMIT_ANSWER_BYTES", 268_435_456],
};

/** Which database: what every command that opens one reads. DATABASE_URL is checked where it is used. */
export const databaseVariables = v.object({
  DATABASE_URL: optional(v.string()),
  AGENTRUN_DATA_DIR: setting(v.string(), ".agentrun"),
  ALLOW_NEWER_DATABASE: setting(onOrOff, "0"),
  NODE_ENV: v.optional(v.string()),
});

/** The level of the log, which is read before all else, so that what else is wrong can be logged. */
export const logVariables = v.object({ LOG_LEVEL: setting(oneOf(logLevels), "info") });

/** What a node reads beside its auth, its database and the level of its log. */
export const nodeVariables = v.object({
  HOST: setting(v.string(), "127.0.0.1"),
  PORT: setting(whole(0, 65_535), "4000"),
  DATABASE_CONNECTIONS: setting(whole(2, 1_000), "16"),
  BUS_URL: optional(redisUrl),
  CORS_ORIGINS: setting(origins, ""),
  BACKENDS: setting(backends, "[]"),
  RETENTION_DAYS: optional(whole(1, 36_500)),
  SOCKETS_PER_VIEWER: setting(whole(1, 1_000_000), "1000"),
  RATE_LIMIT: setting(whole(0, 1_000_000_000), "1000000"),
  PERSISTED_DOCUMENTS: optional(documents),
  INTROSPECTION: optional(onOrOff),
  GRAPHIQL: optional(onOrOff),
  WEB: setting(onOrOff, "1"),
  LIMIT_CONNECTIONS: setting(whole(1, 1_000_000), "20000"),
});

/** The limits of a request, each by the variable that names it. */
export const limitSchema = v.object(
  Object.fromEntries(
    keysOf(limitVariables).map((limit) => {
      const [variable, max] = limitVariables[limit];
      return [variable, setting(whole(1, max), String(defaultLimits[limit]))];
    }),
  ),
);

/** Gives the limits of what {@link limitSchema} has read. */
export function limitsOf(read: v.InferOutput<typeof limitSchema>): Limits {
  const limits = { ...defaultLimits };
  for (const limit of keysOf(limitVariables)) limits[limit] = read[limitVariables[limit][0]] ?? limits[limit];
  return limits;
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}
