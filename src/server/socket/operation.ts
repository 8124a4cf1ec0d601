/* An operation of a socket: how it is read from its frame, and how it is run. */
import type { ExecutionArgs, ExecutionResult } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import { AgentRunError } from "../../domain/errors.js";
import type { Admitted, Graph } from "../../graphql/engine/graph.js";
import type { Following } from "../../graphql/following/subscribe.js";
import { schema } from "../../graphql/schema.js";
import type { SocketExtra } from "./extra.js";

/** What graphql-ws keeps of an operation, and where its answers go. Once it runs, nothing of the request is kept. */
export type SocketArgs = ExecutionArgs & {
  extra: SocketExtra;
  id: string;
  payload: SubscribePayload;
  admitted: Admitted | null;
  /** How long the message was. */
  bytes: number;
};

/** The operation of a frame, admitted. Throws what the graph makes a refusal of. */
export function readOperation(
  graph: Graph,
  extra: SocketExtra,
  id: string,
  payload: SubscribePayload,
): SocketArgs {
  if (!extra.viewer) throw new AgentRunError("connection_init is missing", { code: "UNAUTHENTICATED" });
  const admitted = graph.admit(payload);
  const { operation } = admitted;
  const kind = operation.kind === "subscription" ? "subscription" : "request";
  const bytes = extra.intake.begin(payload, kind);
  forget(payload);
  const { document, name } = operation;
  return { schema, document, operationName: name, extra, id, payload, admitted, bytes };
}

/** Runs an operation. Errors, too, are the answer of the operation alone: thrown, they would close the socket. */
export async function runOperation(graph: Graph, args: SocketArgs): Promise<ExecutionResult | Following> {
  const { admitted, extra, payload, bytes } = args;
  const { viewer, intake } = extra;
  // graphql-ws keeps the arguments as long as the subscription lives.
  args.admitted = null;
  try {
    if (!admitted || !viewer) throw new Error("an operation was run twice, or by nobody");
    const hold = graph.load.hold(viewer, bytes);
    intake.keep(payload, hold);
    return await graph.run(admitted, { viewer, lastEventId: null, hold });
  } catch (error) {
    return graph.refuse(error);
  }
}

/** Empties what a client has sent: graphql-ws keeps it as long as the operation goes on. */
export function forget(sent: object): void {
  for (const name of Object.keys(sent)) delete (sent as Record<string, unknown>)[name];
}
