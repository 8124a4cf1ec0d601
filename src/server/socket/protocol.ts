/* What graphql-ws asks and is told: who may come in over a socket, what is done with an operation, and what becomes of an error. */
import type { ExecutionResult } from "graphql";
import type { ServerOptions } from "graphql-ws";
import WebSocket from "ws";
import type { Authenticate } from "../../auth/authenticate.js";
import { AgentRunError } from "../../domain/errors.js";
import type { LogFault } from "../../graphql/engine/errors.js";
import type { Graph } from "../../graphql/engine/graph.js";
import { Following } from "../../graphql/following/subscribe.js";
import type { Rights } from "../rights.js";
import { closeCodes } from "./close-codes.js";
import type { SocketExtra } from "./extra.js";
import { type SocketArgs, forget, readOperation, runOperation } from "./operation.js";
import { SocketReceiver } from "./receiver.js";

/** Who is let in over a socket, and what for. */
export interface ProtocolOptions {
  graph: Graph;
  authenticate: Authenticate;
  rights: Rights;
  logFault: LogFault;
  /** How long a client has to say who it is, in milliseconds. */
  unknownMs: number;
}

/** How graphql-ws serves the graph over sockets. */
export function protocolOf(options: ProtocolOptions): ServerOptions<Record<string, unknown>, SocketExtra> {
  const { graph } = options;
  return {
    connectionInitWaitTimeout: options.unknownMs,
    onConnect: (context) => {
      const { connectionParams, extra } = context;
      extra.intake.isUnderWay = (id) => id in context.subscriptions;
      const authorization = connectionParams?.["authorization"] ?? extra.authorization;
      if (connectionParams) forget(connectionParams);
      return admit(options, extra, authorization);
    },
    onClose: ({ extra }) => extra.unwatch?.(),
    // What is wrong with the document is answered in an error frame: thrown, it would close the whole socket for good.
    async onSubscribe(context, id, payload) {
      const { extra } = context;
      try {
        if (extra.viewer) graph.check(extra.viewer);
        return readOperation(graph, extra, id, payload);
      } catch (error) {
        if (extra.viewer) await graph.charge(extra.viewer);
        return graph.refuse(error).errors;
      }
    },
    // What follows a subscription is its receiver's own matter: see below.
    execute: async (args) => (await runOperation(graph, args as SocketArgs)) as ExecutionResult,
    onComplete: ({ extra }, _id, payload) => extra.intake.end(payload),
    async subscribe(args) {
      const { extra, id, payload } = args as SocketArgs;
      const result = await runOperation(graph, args as SocketArgs);
      if (!(result instanceof Following)) return result;
      return new SocketReceiver(extra.outlet, id, result, () => extra.intake.end(payload));
    },
  };
}

/** Lets a client in if its token is valid, and watches its rights from then on; else closes its socket and says why. */
async function admit(
  { authenticate, rights, logFault }: ProtocolOptions,
  extra: SocketExtra,
  given: unknown,
): Promise<boolean> {
  const { socket } = extra;
  const authorization = typeof given === "string" ? given : null;
  try {
    const viewer = await authenticate(authorization);
    if (socket.readyState !== WebSocket.OPEN) return false;
    extra.unwatch = rights.watch(viewer, authorization, (reason) => socket.close(closeCodes.expired, reason));
    extra.viewer = viewer;
    extra.intake.viewer = viewer;
    extra.known();
    return true;
  } catch (error) {
    if (!(error instanceof AgentRunError)) logFault(error, "a socket could not be authenticated");
    const later = error instanceof AgentRunError && error.retryable;
    const reason = error instanceof AgentRunError ? error.message : "not authenticated";
    socket.close(later ? closeCodes.later : closeCodes.unauthorized, reason);
    return false;
  }
}
