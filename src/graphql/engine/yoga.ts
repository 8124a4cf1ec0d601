import type { DocumentNode, ExecutionArgs } from "graphql";
import { type Plugin, type YogaServerInstance, createYoga } from "graphql-yoga";
import { LRUCache } from "lru-cache";
import { AgentRunError } from "../../domain/errors.js";
import type { GraphContext } from "../context.js";
import type { Subscribe } from "../following/subscribe.js";
import { schema } from "../schema.js";
import { type LogFault, presentError } from "./errors.js";
import type { Run } from "./execute.js";
import { useValidationErrors } from "./validation-errors.js";

/** The longest document that is read, in characters. */
export const maxDocumentLength = 100_000;

/** How many parsed documents are kept. */
const cachedDocuments = 512;

/**
 * Yoga as this service uses it: errors of one form, no multipart, no GraphiQL of its own (see server/graphiql.ts), no
 * body limiter of its own (see server/http.ts: it costs more than the query), documents bounded.
 */
export function createGraphServer<ServerContext extends object>(options: {
  createContext: (request: ServerContext & { request: Request }) => Promise<GraphContext> | GraphContext;
  /** Which browser origins other than the service's own may call; empty for none. */
  corsOrigins: readonly string[];
  logFault: LogFault;
  execute: Run;
  subscribe: Subscribe;
  /** What answers a subscription that was accepted. */
  streams: Plugin<object, ServerContext>;
}): YogaServerInstance<ServerContext, GraphContext> {
  const { createContext, corsOrigins, logFault, execute, subscribe, streams } = options;
  return createYoga<ServerContext, GraphContext>({
    schema,
    context: createContext,
    graphqlEndpoint: "/graphql",
    cors:
      corsOrigins.length > 0
        ? { origin: [...corsOrigins], credentials: false, methods: ["GET", "POST", "OPTIONS"] }
        : false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    logging: false,
    maskedErrors: { maskError: (error) => presentError(error, schema, logFault) },
    parserAndValidationCache: {
      documentCache: new LRUCache<string, DocumentNode>({ max: cachedDocuments }),
      errorCache: new LRUCache<string, Error>({ max: cachedDocuments }),
    },
    plugins: [
      useBoundedDocuments(),
      useEngine(execute, subscribe),
      useValidationErrors(schema, logFault),
      streams,
    ],
  });
}

function useBoundedDocuments(): Plugin {
  return {
    onParse({ params }) {
      if (params.source.toString().length > maxDocumentLength) {
        throw new AgentRunError(`the document must be at most ${maxDocumentLength} characters`, {
          code: "GRAPHQL_PARSE_FAILED",
        });
      }
    },
  };
}

function useEngine(execute: Run, subscribe: Subscribe): Plugin {
  return {
    onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn((args: ExecutionArgs) => subscribe(args)),
  };
}
