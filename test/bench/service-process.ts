import { defaultLimits } from "../../src/graphql/engine/limits.js";
import { socketTimes } from "../../src/server/config.js";
import { createLog } from "../../src/server/log.js";
import { openService } from "../../src/server/open-service.js";
import { answerParent } from "./child.js";
import { type ServerAnswers, connections, readMemory } from "./server-process.js";

answerParent({
  open: async (databaseUrl) => {
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
        retentionDays: null,
        limits: defaultLimits,
        maxConnections: 100_000,
        ratePoints: null,
        trustedDocuments: null,
        introspection: true,
        graphiql: true,
        socketsPerViewer: 10_000,
        logLevel: "error",
        sweepMs: 1_000,
        socketTimes,
      },
      createLog("error"),
    );
    return service.url;
  },
  readMemory,
} satisfies ServerAnswers);
