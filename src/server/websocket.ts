import type { Server } from "node:http";
import type { ExecutionArgs, GraphQLError } from "graphql";
import type { YogaServerInstance } from "graphql-yoga";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import type { Authenticate } from "../auth/authenticate.js";
import { isAllowedOrigin } from "../auth/listen.js";
import type { Viewer } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";
import { type GraphContext, type GraphEnvironment, createContext } from "../graphql/context.js";
import { type LogFault, presentError } from "../graphql/errors.js";
import { schema } from "../graphql/schema.js";
import { maxRequestBytes } from "./http.js";

/** Close codes beside graphql-ws's own. Its client tries again after 1012, 1013 and 4403, never after 4401. */
const closeCodes = { restart: 1012, later: 1013, unauthorized: 4401, expired: 4403 };

/** The longest time that a Node timer can wait, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

/** How long a closing service waits for a client's answer to its goodbye, in milliseconds; a frozen one never answers. */
const goodbyeMs = 3_000;

/** What a socket carries from its connection_init on. */
interface SocketExtra extends Record<PropertyKey, unknown> {
  viewer?: Viewer;
  expiry?: NodeJS.Timeout;
}

/** Serves graphql-transport-ws at /graphql; `close()` ends every socket with 1012, so that clients come back. */
export function serveWebSockets(options: {
  server: Server;
  yoga: YogaServerInstance<object, GraphContext>;
  environment: GraphEnvironment;
  authenticate: Authenticate;
  localOnly: boolean;
  logFault: LogFault;
}): { close(): Promise<void> } {
  const { server, yoga, environment, authenticate, localOnly, logFault } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes });

  server.on("upgrade", (request, socket, head) => {
    const path = (request.url ?? "").split("?", 1)[0];
    const allowed = !localOnly || isAllowedOrigin(request.headers.origin, request.headers.host);
    if (path !== "/graphql" || !allowed) {
      socket.end(`HTTP/1.1 ${allowed ? "404 Not Found" : "403 Forbidden"}\r\nconnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit("connection", opened, request));
  });

  const served = useServer<Record<string, unknown>, SocketExtra>(
    {
      async onConnect({ connectionParams, extra }) {
        const authorization = connectionParams?.["authorization"] ?? extra.request.headers.authorization;
        try {
          extra.viewer = await authenticate(typeof authorization === "string" ? authorization : null);
        } catch (error) {
          const away = error instanceof AgentRunError && error.code === "UNAVAILABLE";
          if (!(error instanceof AgentRunError)) logFault(error, "a socket could not be authenticated");
          const reason = error instanceof AgentRunError ? error.message : "not authenticated";
          extra.socket.close(away ? closeCodes.later : closeCodes.unauthorized, reason.slice(0, 120));
          return false;
        }
        const { expiresAt } = extra.viewer;
        if (expiresAt !== null) {
          const leftMs = Math.max(0, expiresAt * 1000 - Date.now());
          extra.expiry = setTimeout(
            () => extra.socket.close(closeCodes.expired, "the token has expired"),
            Math.min(leftMs, maxTimerMs),
          );
        }
        return true;
      },
      onClose: ({ extra }) => clearTimeout(extra.expiry),
      // What is wrong with the document is answered in an error frame: thrown, it would close the whole socket for good.
      async onSubscribe({ extra }, _id, { query, operationName, variables }) {
        try {
          if (!extra.viewer)
            throw new AgentRunError("connection_init is missing", { code: "UNAUTHENTICATED" });
          const engine = yoga.getEnveloped({});
          const document = engine.parse(query);
          const errors: readonly GraphQLError[] = engine.validate(schema, document);
          if (errors.length > 0) return errors;
          const contextValue = createContext(environment, extra.viewer);
          return {
            schema,
            document,
            operationName,
            variableValues: variables,
            contextValue,
            engine,
          } as ExecutionArgs;
        } catch (error) {
          return [presentError(error, schema, logFault)];
        }
      },
      execute: (args) => engineOf(args).execute(args),
      subscribe: (args) => engineOf(args).subscribe(args),
    },
    sockets,
  );

  return {
    async close() {
      for (const client of sockets.clients)
        client.close(closeCodes.restart, "the service restarts; come back");
      const cut = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, goodbyeMs);
      await served.dispose();
      clearTimeout(cut);
    },
  };
}

interface Engine {
  execute(args: ExecutionArgs): ReturnType<typeof import("graphql").execute>;
  subscribe(args: ExecutionArgs): ReturnType<typeof import("graphql").subscribe>;
}

function engineOf(args: ExecutionArgs): Engine {
  return (args as ExecutionArgs & { engine: Engine }).engine;
}
