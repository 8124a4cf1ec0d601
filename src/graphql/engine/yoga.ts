import type { IncomingMessage } from "node:http";
import { type ExecutionResult, GraphQLError } from "graphql";
import { type GraphQLParams, type Plugin, type YogaServerInstance, createYoga } from "graphql-yoga";
import type { Viewer } from "../../auth/viewer.js";
import { schema } from "../schema.js";
import { setStatus } from "./errors.js";
import { countKeys } from "./json-text.js";
import { beyondLimit } from "./limits.js";
import type { Graph } from "./graph.js";
import { MalformedRequest } from "./request.js";

/** Who sent a request, or why the sender is not let in. */
export type Caller = { viewer: Viewer } | { refusal: unknown };

/** A request as Yoga's handler is given it. */
export type CallerRequest = Caller & { req: IncomingMessage };

/**
 * Yoga as this service uses it: it reads requests and writes responses as GraphQL over HTTP has them. What a request asks for is
 * checked and run by {@link Graph}, which the sockets use too. No multipart, no GraphiQL of its own (see server/graphiql.ts), no
 * CORS and no body limiter of its own (see server/http.ts: the limiter costs more than the query).
 */
export function createGraphServer<ServerContext extends CallerRequest>(options: {
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
    plugins: [useGraph(graph), streams],
  });
}

function refusal(graph: Graph, error: unknown): { errors: GraphQLError[] } {
  const answer = graph.refuse(error);
  for (const each of answer.errors) setStatus(each, !(error instanceof MalformedRequest));
  return answer;
}

/** What a GET asks for. What is no JSON stays text, which is refused by its name where objects belong. */
function readUrl(url: string): GraphQLParams {
  const search = new URLSearchParams(url.slice(url.indexOf("?") + 1));
  const given = Object.fromEntries([...search].filter(([, value]) => value !== ""));
  const parts = ["variables", "extensions"].filter((name) => given[name] !== undefined);
  return { ...given, ...Object.fromEntries(parts.map((name) => [name, readJson(given[name] ?? "")])) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What a POST asks for. */
function readBody(graph: Graph, text: string): GraphQLParams {
  const keys = countKeys(text);
  if (keys > graph.limits.jsonKeys) {
    const [error] = refusal(graph, beyondLimit("jsonKeys", keys, graph.limits)).errors;
    throw error ?? new Error("a refusal without an error");
  }
  const body = readJson(text);
  if (typeof body === "object" && body !== null) return body;
  throw new GraphQLError("the body must be a JSON object", {
    extensions: { code: "BAD_USER_INPUT", http: { status: 400, spec: false } },
  });
}

/** What stands for a body that is not read. */
const unread = { query: "" };

function mutationByGet(): GraphQLError {
  const http = { status: 405, headers: { allow: "POST" } };
  return new GraphQLError("a mutation needs a POST request", {
    extensions: { code: "BAD_USER_INPUT", http },
  });
}

/** Runs what was asked for over HTTP. */
function useGraph(graph: Graph): Plugin<object, CallerRequest> {
  return {
    // Before the body is read.
    onRequestParse({ request, serverContext, setRequestParser }) {
      if ("refusal" in serverContext) setRequestParser(() => unread);
      else if (request.method === "GET") setRequestParser(() => readUrl(request.url));
      else setRequestParser(async () => readBody(graph, await request.text()));
    },
    onParams({ params: given, setParams, setParamsHandler }) {
      // Yoga asks for a query; a document may be named instead.
      if (given.query === undefined && "documentId" in given) setParams({ ...given, query: "" });
      setParamsHandler(async ({ params, request, context }) => {
        if ("refusal" in context) return refusal(graph, context.refusal);
        try {
          const admitted = graph.admit(params, context.viewer);
          if (request.method === "GET" && admitted.operation.kind === "mutation") throw mutationByGet();
          const lastEventId = request.headers.get("last-event-id") || null;
          // A subscription that is accepted goes on to `streams`, of which Yoga's types do not know.
          return (await graph.run(admitted, context.viewer, lastEventId)) as ExecutionResult;
        } catch (error) {
          return refusal(graph, error);
        }
      });
    },
  };
}
