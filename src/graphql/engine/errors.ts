import {
  GraphQLEnumType,
  GraphQLError,
  type GraphQLErrorExtensions,
  type GraphQLSchema,
  Kind,
} from "graphql";
import { AgentRunError, type ErrorCode, errorCodes } from "../../domain/errors.js";
import { toKebab } from "../../domain/failure.js";
import { isDatabaseGone, isMissingReference, isRefusedValue } from "../../store/database-error.js";
import { boundMessage } from "./message.js";

/** Logs an error that callers are shown masked, or that is UNAVAILABLE: the error itself, and what it means to the service. */
export type LogFault = (error: unknown, message: string) => void;

/**
 * Makes the error that a caller is sent; nothing else does. An {@link AgentRunError} keeps its message and code. A
 * wrong argument becomes BAD_USER_INPUT. A database that does not answer becomes UNAVAILABLE. Anything else becomes
 * INTERNAL_SERVER_ERROR with a message that tells nothing, and is logged.
 */
export function presentError(error: unknown, schema: GraphQLSchema | null, logFault: LogFault): GraphQLError {
  const place = error instanceof GraphQLError ? error : undefined;
  const cause = causeOf(error);
  if (place && (cause === undefined || place.path === undefined))
    return presentRequestError(place, cause, schema);
  if (cause instanceof AgentRunError) {
    if (cause.code === "UNAVAILABLE") logFault(cause, cause.message);
    return withCode(place, cause.message, cause.code, cause);
  }
  if (isDatabaseGone(cause)) {
    logFault(cause, "the database did not answer");
    return withCode(place, "the database does not answer; the same call may succeed later", "UNAVAILABLE");
  }
  if (isRefusedValue(cause))
    return withCode(place, "a value is not one that the database can hold", "BAD_USER_INPUT");
  if (isMissingReference(cause))
    return withCode(place, "what the call names was removed in the meantime", "NOT_FOUND");
  logFault(cause, "an operation failed");
  return withCode(place, "a fault of the service; it has been logged", "INTERNAL_SERVER_ERROR");
}

/** Presents an error of the request itself: of its document, of an argument's value, or of its form. */
function presentRequestError(
  error: GraphQLError,
  cause: unknown,
  schema: GraphQLSchema | null,
): GraphQLError {
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

/** Adds the values that an enum allows to a message that says that a word is none of them; without a schema that may be told, none. */
function withAllowedValues(message: string, schema: GraphQLSchema | null): string {
  if (!schema) return message;
  const name = /does not exist in "(\w+)" enum|Enum "(\w+)" cannot represent/.exec(message);
  const type = name ? schema.getType(name[1] ?? name[2] ?? "") : undefined;
  if (!(type instanceof GraphQLEnumType)) return message;
  return `${message} Allowed: ${type
    .getValues()
    .map((value) => value.name)
    .join(", ")}.`;
}

/** The values of a document: an error about one is about what the caller gave, not about the document. */
const valueKinds: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);

/** An error of a request whose text is no document, or whose document or variables do not fit the schema. */
export function presentInvalid(
  error: GraphQLError,
  part: "text" | "document" | "variables",
  schema: GraphQLSchema | null,
): GraphQLError {
  const kind = error.nodes?.[0]?.kind;
  const isValue = part === "variables" || (kind !== undefined && valueKinds.has(kind));
  const code =
    part === "text" ? "GRAPHQL_PARSE_FAILED" : isValue ? "BAD_USER_INPUT" : "GRAPHQL_VALIDATION_FAILED";
  return withCode(error, withAllowedValues(error.message, schema), code);
}

/**
 * Gives an error of a request that was not run the status that its response has by it. `spec`: only for clients that ask for
 * GraphQL's own media type; the others get 200, as GraphQL over HTTP has it.
 */
export function setStatus(error: GraphQLError, spec: boolean): void {
  const { code, httpStatus } = error.extensions;
  const wait = (error.extensions["details"] as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds;
  const isUnknown = code === "UNAUTHENTICATED";
  const isServed = isUnknown || Number(httpStatus) >= 429;
  error.extensions.http ??= {
    status: Number(httpStatus),
    spec: spec && !isServed,
    headers: {
      ...(isUnknown ? { "www-authenticate": "Bearer" } : {}),
      ...(wait === undefined ? {} : { "retry-after": String(wait) }),
    },
  };
}

function withCode(
  place: GraphQLError | undefined,
  message: string,
  code: ErrorCode,
  refusal?: AgentRunError,
): GraphQLError {
  const { httpStatus, retryable } = errorCodes[code];
  // One that was made here before keeps them.
  const details = refusal?.details ?? place?.extensions["details"];
  const failureKind = refusal?.failureKind ?? (httpStatus >= 500 ? "INFRA_FAILED" : "SCHEMA_INVALID");
  return new GraphQLError(boundMessage(message), {
    nodes: place?.nodes,
    source: place?.source,
    positions: place?.positions,
    path: place?.path,
    extensions: {
      code,
      failureKind: toKebab(failureKind),
      httpStatus,
      retryable,
      ...(details ? { details } : {}),
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
