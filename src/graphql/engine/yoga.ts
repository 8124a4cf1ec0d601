import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult } from "graphql";
import { type GraphQLParams, type Plugin, type YogaServerInstance, createYoga } from "graphql-yoga";
import { schema } from "../schema.js";
import { type Exchange, refusal } from "./exchange.js";
import type { Graph } from "./graph.js";

/** A request as Yoga's handler is given it: what is done of it, or why its sender is not let in. */
export type YogaRequest = { req: IncomingMessage; res: ServerResponse } & (
  | { exchange: Exchange }
  | { refusal: unknown }
);

/**
 * Yoga as this service uses it: it reads requests and writes responses as GraphQL over HTTP has them, but for those that the
 * short road answers (see short-road.ts). What a request asks for is checked and run by {@link Graph}, which the sockets use too.
 * No multipart, no GraphiQL of its own (see server/graphiql.ts), no CORS and no body limiter of its own (see server/http.ts: the
 * limiter costs more than the query).
 */
export function createGraphServer<ServerContext extends YogaRequest>(options: {
  graph: Graph;
  /** What answers a subscription that was accepted. */
  streams: Plugin<object, ServerContext>;
}): YogaServerInstance<ServerContext, object> {
  const { graph, streams } = options;
  return createYoga<ServerContext, object>({
    schema,
    graphqlEndpoint: "/graphql",
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    logging: false,
    extraParamNames: ["documentId"],
    maskedErrors: { maskError: (error) => graph.present(error) },
    parserAndValidationCache: false,
    plugins: [useExchange(graph), streams],
  });
}

/** What stands for a body that is not read. */
const unread = { query: "" };

/** Has a request read and run by its exchange. */
function useExchange(graph: Graph): Plugin<object, YogaRequest> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      setRequestParser(() => ("refusal" in serverContext ? unread : serverContext.exchange.read()));
    },
    onParams({ setParamsHandler }) {
      setParamsHandler(async ({ params, context }) => {
        if ("refusal" in context) return refusal(graph, context.refusal);
        const result = await context.exchange.answer(params);
        // Yoga keeps them as long as a stream goes on.
        for (const name of Object.keys(params)) delete params[name as keyof GraphQLParams];
        // A subscription that is accepted goes on to `streams`, of which Yoga's types do not know.
        return result as ExecutionResult;
      });
    },
  };
}
