import { GraphRequestError } from "../../client/graph-request-error.js";

const advices: Record<string, string> = {
  UNREACHABLE:
    'Start a service with "agentrun-graph serve", or name one that runs with --url or AGENTRUN_URL. What was made stays: the same command goes on from there.',
  UNAUTHENTICATED: "Give a token by AGENTRUN_TOKEN or --token-file.",
  FORBIDDEN: "The token needs the scopes reader and runner.",
  IDEMPOTENCY_KEY_REUSED:
    "This service holds another story under the same seed, told by another version perhaps. Choose another --seed.",
  HTTP_404: "The address must be that of the API, as in http://127.0.0.1:4000/graphql.",
};

/** Adds what to do about an error to its message, if that is known. */
export function addAdvice(error: unknown): unknown {
  const advice = error instanceof GraphRequestError ? advices[error.code] : undefined;
  if (!(error instanceof GraphRequestError) || advice === undefined) return error;
  return new Error(`${error.message.replace(/\.$/, "")}. ${advice}`, { cause: error });
}
