import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";
import { answerMs } from "../../src/database/connection.js";
import type { TokenConfig } from "../../src/auth/config.js";
import { type Scope, scopes } from "../../src/auth/viewer.js";
import { signToken } from "../../src/auth/token.js";
import {
  type Config,
  type RequestTimes,
  type SocketTimes,
  requestTimes,
  socketTimes,
  unknownSockets,
} from "../../src/server/config.js";
import { type Limits, defaultLimits } from "../../src/graphql/engine/limits.js";
import { marksAtOnce } from "../../src/store/inbox/mark-list-read.js";
import { type Log, createLog } from "../../src/server/log.js";
import { type Service, openService } from "../../src/server/open-service.js";
import { createTestDatabase } from "./database.js";
import type { Given, Operation, Untyped } from "./graphql.js";

/** What a GraphQL call answered. */
export interface Answer<Data> {
  data: Data | null;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code?: string } & Record<string, unknown>;
  }[];
}

/** Sends operations as one caller. */
export type Call = <Data = Untyped, Variables = Record<string, unknown>>(
  document: Operation<Data, Variables>,
  ...variables: Given<Variables>
) => Promise<Answer<Data>>;

/** Asks as one caller who is refused nothing: throws if there are errors, and gives the data alone. */
export interface Asks {
  ask<Data = Untyped, Variables = Record<string, unknown>>(
    document: Operation<Data, Variables>,
    ...variables: Given<Variables>
  ): Promise<Data>;
}

/** A service of a test's own, on a database of its own. */
export interface TestService extends Asks {
  url: string;
  databaseUrl: string;
  /** Sends an operation without a token; `ask` likewise. */
  call: Call;
  /** A WebSocket client; its sockets end with the service. */
  connect(connectionParams?: Record<string, unknown>): Client;
  close(): Promise<void>;
}

/** What differs from the configuration of tests. */
export type TestConfig = Partial<Omit<Config, "socketTimes" | "requestTimes" | "limits">> & {
  socketTimes?: Partial<SocketTimes>;
  requestTimes?: Partial<RequestTimes>;
  limits?: Partial<Limits>;
};

/** Starts a service; `await using` closes it. */
export async function startService(
  options: { config?: TestConfig; databaseUrl?: string; log?: Log } = {},
): Promise<TestService & AsyncDisposable> {
  const database = options.databaseUrl ? undefined : await createTestDatabase();
  const databaseUrl = options.databaseUrl ?? database?.url ?? "";
  const config: Config = {
    host: "127.0.0.1",
    port: 0,
    database: { kind: "url", url: databaseUrl },
    connections: 8,
    answerMs,
    bus: { kind: "postgres" },
    auth: { kind: "none" },
    corsOrigins: [],
    backends: [],
    allowNewerDatabase: false,
    retentionDays: null,
    logLevel: process.env["TEST_LOG_LEVEL"] ?? "silent",
    // Nothing runs out behind a test's back: those that want it say so.
    sweepMs: null,
    indexMs: null,
    // Nor do followers look by themselves: a wake-up that is lost is lost for good, however long a test waits.
    pollMs: 3_600_000,
    marksAtOnce,
    // The tests of the API hold for both roads.
    shortRoad: process.env["TEST_SHORT_ROAD"] !== "off",
    socketsPerViewer: 1_000,
    unknownSockets,
    maxConnections: 20_000,
    ratePoints: null,
    trustedDocuments: null,
    introspection: true,
    graphiql: true,
    web: true,
    ...options.config,
    limits: { ...defaultLimits, ...options.config?.limits },
    socketTimes: { ...socketTimes, ...options.config?.socketTimes },
    requestTimes: { ...requestTimes, ...options.config?.requestTimes },
  };
  const service: Service = await openService(config, options.log ?? createLog(config.logLevel));
  const clients: Client[] = [];
  const call = callerOf(service.url);
  const close = async () => {
    for (const client of clients) await client.dispose();
    await service.close();
    await database?.drop();
  };
  return {
    url: service.url,
    databaseUrl,
    call,
    ...asking(call),
    connect: (connectionParams) => {
      const url = service.url.replace("http", "ws");
      const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams });
      clients.push(client);
      return client;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Sends operations to a URL, with a token where one is given. */
export function callerOf(url: string, token?: string): Call {
  return async <Data, Variables>(
    document: Operation<Data, Variables>,
    ...[variables]: Given<Variables>
  ): Promise<Answer<Data>> => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: document, variables }),
    });
    return (await response.json()) as Answer<Data>;
  };
}

/**
 * Sends again what is refused for more writes of a tenant at once than its share, which on a busy machine may be few. `onAnswer`
 * sees the answer after that.
 */
export function patient(call: Call, onAnswer: (answer: Answer<unknown>) => void = () => {}): Call {
  return async function again<Data, Variables>(
    document: Operation<Data, Variables>,
    ...variables: Given<Variables>
  ): Promise<Answer<Data>> {
    const answer = await call(document, ...variables);
    if (answer.errors?.[0]?.extensions.code === "RATE_LIMITED") return again(document, ...variables);
    onAnswer(answer);
    return answer;
  };
}

/** Asks as a caller does. */
export function asking(call: Call): Asks {
  return { ask: (document, ...variables) => answered(call(document, ...variables)) };
}

/** The data of an answer that has no errors. */
export async function answered<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, errors } = await answer;
  if (errors || data === null) throw new Error(errors?.map(wordsOf).join("\n"));
  return data;
}

/** The code of an answer's first error, or undefined. */
export async function codeOf(answer: Promise<Answer<unknown>>): Promise<string | undefined> {
  return (await answer).errors?.[0]?.extensions.code;
}

function wordsOf(error: NonNullable<Answer<unknown>["errors"]>[number]): string {
  return `${error.extensions.code}: ${error.message} ${JSON.stringify(error)}`;
}

const secret = new TextEncoder().encode("a secret of the tests that is 32 bytes or more");

/** Auth by tokens that {@link tokenFor} makes. */
export const tokenAuth: TokenConfig = { kind: "secret", secret, algorithms: ["HS256"] };

/** A token for a tenant: every scope and ten minutes unless said otherwise; null for one that names no reader. */
export function tokenFor(
  tenant: string,
  granted: readonly Scope[] = scopes,
  reader: string | null = "ada",
  ttlSeconds = 600,
): Promise<string> {
  return signToken({ secret, tenant, reader: reader ?? undefined, scopes: [...granted], ttlSeconds });
}
