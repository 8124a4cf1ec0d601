import { GraphQLEnumType, GraphQLError, type GraphQLErrorExtensions, type GraphQLSchema } from "graphql";
import { AgentRunError, type ErrorCode, errorCodes } from "../../domain/errors.js";
import { toKebab } from "../../domain/failure.js";
import { isDatabaseGone } from "../../store/database-error.js";

/** Logs an error that callers are not shown: the error itself, and what it means to the service. */
export type LogFault = (error: unknown, message: string) => void;

/**
 * Makes the error that a caller is sent; nothing else does. An {@link AgentRunError} keeps its message and code. A
 * wrong argument becomes BAD_USER_INPUT. A database that does not answer becomes UNAVAILABLE. Anything else becomes
 * INTERNAL_SERVER_ERROR with a message that tells nothing, and is logged.
 */
export function presentError(error: unknown, schema: GraphQLSchema, logFault: LogFault): GraphQLError {
  const place = error instanceof GraphQLError ? error : undefined;
  const cause = causeOf(error);
  if (place && (cause === undefined || place.path === undefined))
    return presentRequestError(place, cause, schema);
  if (cause instanceof AgentRunError) {
    if (cause.code === "UNAVAILABLE") logFault(cause.cause ?? cause, cause.message);
    return withCode(place, cause.message, cause.code, cause);
  }
  if (isDatabaseGone(cause)) {
    logFault(cause, "the database did not answer");
    return withCode(place, "the database does not answer; the same call may succeed later", "UNAVAILABLE");
  }
  logFault(cause, "an operation failed");
  return withCode(place, "a fault of the service; it has been logged", "INTERNAL_SERVER_ERROR");
}

/** Presents an error of the request itself: of its document, of an argument's value, or of its form. */
function presentRequestError(error: GraphQLError, cause: unknown, schema: GraphQLSchema): GraphQLError {
  const given = error.extensions["code"];
  const known =
    typeof given === "string" && Object.hasOwn(errorCodes, given) ? (given as ErrorCode) : undefined;
  const code =
    known ?? (error.message.startsWith("Syntax Error") ? "GRAPHQL_PARSE_FAILED" : "BAD_USER_INPUT");
  return withCode(
    error,
    withAllowedValues(error.message, schema),
    code,
    cause instanceof AgentRunError ? cause : undefined,
  );
}

function causeOf(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  return error.originalError ? causeOf(error.originalError) : undefined;
}

/** Adds the values that an enum allows to a message that says that a word is none of them. */
function withAllowedValues(message: string, schema: GraphQLSchema): string {
  const name = /does not exist in "(\w+)" enum|Enum "(\w+)" cannot represent/.exec(message);
  const type = name ? schema.getType(name[1] ?? name[2] ?? "") : undefined;
  if (!(type instanceof GraphQLEnumType)) return message;
  return `${message} Allowed: ${type
    .getValues()
    .map((value) => value.name)
    .join(", ")}.`;
}

function withCode(
  place: GraphQLError | undefined,
  message: string,
  code: ErrorCode,
  refusal?: AgentRunError,
): GraphQLError {
  const { httpStatus, retryable } = errorCodes[code];
  const failureKind = refusal?.failureKind ?? (httpStatus >= 500 ? "INFRA_FAILED" : "SCHEMA_INVALID");
  return new GraphQLError(message, {
    nodes: place?.nodes,
    source: place?.source,
    positions: place?.positions,
    path: place?.path,
    extensions: {
      code,
      failureKind: toKebab(failureKind),
      httpStatus,
      retryable,
      ...(refusal?.details ? { details: refusal.details } : {}),
      // Only an error that stops the whole operation sets the status of the response.
      ...(code === "UNAUTHENTICATED"
        ? { http: { status: httpStatus, headers: { "www-authenticate": "Bearer" } } }
        : {}),
      ...(place?.path === undefined && place?.extensions.http ? { http: httpOf(place) } : {}),
    },
  });
}

/**
 * The response's status and headers for a request that never became an operation. A body that is no request answers 400
 * whatever the client accepts.
 */
function httpOf({ extensions }: GraphQLError): GraphQLErrorExtensions["http"] {
  const http = extensions.http;
  return extensions["code"] === "BAD_REQUEST" ? { ...http, spec: false } : http;
}
