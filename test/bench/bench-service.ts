import { answerMs } from "../../src/database/connection.js";
import { pollMs } from "../../src/realtime/audience/audience.js";
import { marksAtOnce } from "../../src/store/inbox/mark-list-read.js";
import { defaultLimits } from "../../src/graphql/engine/limits.js";
import { requestTimes, socketTimes, unknownSockets } from "../../src/server/config.js";
import { createLog } from "../../src/server/log.js";
import { openService } from "../../src/server/open-service.js";
import { connections } from "./server-process.js";

/** Opens the service in this process, over a database, and says at which URL. It lives as long as the process. */
export async function openBenchService(databaseUrl: string): Promise<string> {
  const service = await openService(
    {
      host: "127.0.0.1",
      port: 0,
      database: { kind: "url", url: databaseUrl },
      connections,
      bus: { kind: "postgres" },
      auth: { kind: "none" },
      corsOrigins: [],
      backends: [],
      allowNewerDatabase: false,
      retentionDays: null,
      limits: defaultLimits,
      maxConnections: 100_000,
      ratePoints: null,
      trustedDocuments: null,
      introspection: true,
      graphiql: true,
      web: false,
      socketsPerViewer: 10_000,
      logLevel: "error",
      sweepMs: 1_000,
      indexMs: 500,
      unknownSockets,
      marksAtOnce,
      shortRoad: true,
      answerMs,
      pollMs,
      socketTimes,
      requestTimes,
    },
    createLog("error"),
  );
  return service.url;
}
