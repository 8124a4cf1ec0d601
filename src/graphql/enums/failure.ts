import { type ErrorCode as Code, errorCodes } from "../../domain/errors.js";
import { failureKinds } from "../../domain/failure.js";
import { enumOf } from "./enum-of.js";

export const FailureKind = enumOf("FailureKind", "Why something did not end well.", failureKinds, {
  SCHEMA_INVALID: "What was sent is not valid.",
  CANCELLED: "It was cancelled.",
  RUNNER_LEASE_CONFLICT: "Another runner holds the lease, or the lease has ended.",
  TENANT_POLICY_DENIED: "It belongs to another tenant or project.",
  INFRA_FAILED: "Something that the service needs, such as its database, does not answer.",
  LEASE_EXPIRED: "The leases of the runners that held it ran out.",
  PROVIDER_UNAVAILABLE: "The model's provider did not answer.",
  PROVIDER_STREAM_DISCONNECTED: "The model's provider broke off its answer.",
  PROVIDER_AUTH_FAILED: "The model's provider refused the credentials.",
  PROVIDER_RATE_LIMITED: "The model's provider refused the call because there were too many.",
  BACKEND_FAILED: "The agent's backend failed.",
  BACKEND_TIMEOUT: "The agent's backend took too long.",
  BACKEND_PROTOCOL_ERROR: "The agent's backend sent something that was not understood.",
  SECRET_UNAVAILABLE: "A credential that the run needs was not available.",
});

export const ErrorCode = enumOf(
  "ErrorCode",
  "The values of `extensions.code`, which every error has. Beside it, `httpStatus` gives the HTTP status that the code stands for, and `retryable` tells whether the same call may succeed later.",
  Object.keys(errorCodes) as Code[],
  {
    GRAPHQL_PARSE_FAILED: "The document is not GraphQL, or is too long.",
    GRAPHQL_VALIDATION_FAILED: "The document does not fit the schema.",
    BAD_USER_INPUT: "An argument is wrong. The message names it and says what is allowed.",
    QUERY_TOO_COMPLEX:
      "The operation asks for too many fields, counted with the sizes of pages, or nests them too deep. The message gives the limit.",
    UNAUTHENTICATED: "The caller sent no valid token.",
    FORBIDDEN: "The caller's token lacks the scope that is needed.",
    NOT_FOUND: "The caller's tenant has nothing with this id or name.",
    CONFLICT:
      "The state of something does not allow the change: of a queue task, a session that has expired or is at work, a stream of deltas whose length is another, a run that is to be parked while a queue attempt works in it, or a run with too many open requests.",
    IDEMPOTENCY_KEY_REUSED: "The idempotency key was used before with other content.",
    PRECONDITION_FAILED:
      "The thing has changed since the version that the caller named; `details` tells the version that was expected and the actual one. HTTP status 412.",
    ALREADY_TERMINAL: "The run or queue task has ended, or the input request is closed.",
    RUNNER_LEASE_CONFLICT: "The lease is held by another runner or has ended, or its token is missing.",
    TENANT_POLICY_DENIED: "The call names another tenant, or a session of another project.",
    RATE_LIMITED:
      "The caller has too many operations or connections open or has spent its points, or the tenant has more writes under way than its share of the database takes.",
    UNAVAILABLE:
      "The database or something else that the service needs does not answer, the service is closing, or a subscription broke. The same call may succeed later.",
    INTERNAL_SERVER_ERROR:
      "The service has a fault. The fault is logged, and the message does not tell its cause.",
  },
);
