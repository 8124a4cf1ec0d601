import { GraphRequestError } from "./graph-request-error.js";

/** graphql-ws closes for ever with these: the two sides do not understand each other. The first of WebSocket itself. */
const finalCodes = new Set([1002, 1003, 1007, 1009, 1010, 4004, 4005, 4400, 4406, 4409, 4429, 4500]);

/** The service's: who calls may not, or may no longer. */
const refusalCodes = new Set([4401, 4403]);

/** True where a socket was closed because of its token. */
export function isRefusal(lost: unknown): boolean {
  return isClose(lost) && refusalCodes.has(lost.code);
}

/** Why a socket was lost: by its close event, an error event, or an error. */
export function socketFailure(lost: unknown, url: string): GraphRequestError {
  if (lost instanceof GraphRequestError) return lost;
  if (!isClose(lost)) {
    const message = `${url} does not answer: ${messageOf(lost)}`;
    return new GraphRequestError(message, { code: "UNREACHABLE", retryable: true, cause: lost });
  }
  const { code, reason } = lost;
  if (isRefusal(lost)) {
    return new GraphRequestError(reason || "not authenticated", {
      code: "UNAUTHENTICATED",
      retryable: false,
    });
  }
  const isFinal = finalCodes.has(code);
  return new GraphRequestError(`${url} closed the socket: ${code} ${reason}`.trimEnd(), {
    code: isFinal ? `SOCKET_${code}` : "UNREACHABLE",
    retryable: !isFinal,
  });
}

function isClose(lost: unknown): lost is { code: number; reason: string } {
  return typeof lost === "object" && lost !== null && "code" in lost && "reason" in lost;
}

function messageOf(lost: unknown): string {
  const hasMessage = typeof lost === "object" && lost !== null && "message" in lost;
  return hasMessage && typeof lost.message === "string" && lost.message ? lost.message : "the socket failed";
}
