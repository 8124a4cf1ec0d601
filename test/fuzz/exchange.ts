import { errorCodes } from "../../src/domain/errors.js";
import { defaultLimits } from "../../src/graphql/engine/limits.js";
import type { Random } from "../support/random.js";
import { type RawRequest, type Transport, type TransportAnswer, sendBy } from "../support/transports.js";
import type { FuzzRequest } from "./document.js";

/** How long an answer may take, in milliseconds. */
const patienceMs = 30_000;

/** The longest query string that Node takes with its other headers, in characters. */
const longestUrl = 10_000;

/** What was sent, and what came back. */
export interface Exchange {
  transport: Transport;
  request: RawRequest;
  isValid: boolean;
  /** The code of the first error; `OK` if there is none. */
  code: string;
  answer: TransportAnswer | null;
  /** What must not be; null if all is well. */
  fault: string | null;
  /** By `Date.now()`. */
  startedAt: number;
  endedAt: number;
}

/** A transport that can carry the request. */
export function transportOf(kind: FuzzRequest["kind"], request: RawRequest, random: Random): Transport {
  const ways: Transport[] = ["WebSocket", kind === "subscription" ? "SSE" : "POST"];
  if (random.chance(0.1)) ways.push("POST", "SSE");
  if (kind === "query" && typeof request === "object") {
    const parts = new URLSearchParams(
      Object.entries(request).map(([key, value]) => [key, JSON.stringify(value) ?? ""]),
    );
    if (String(parts).length < longestUrl) ways.push("GET");
  }
  return random.pick(ways);
}

/** Sends a request and judges the answer. `isValid`: a document that fits the schema must not be refused as one that does not. */
export async function exchange(
  url: string,
  transport: Transport,
  request: RawRequest,
  isValid: boolean,
): Promise<Exchange> {
  const startedAt = Date.now();
  const ended = (code: string, answer: TransportAnswer | null, fault: string | null): Exchange => ({
    transport,
    request,
    isValid,
    code,
    answer,
    fault,
    startedAt,
    endedAt: Date.now(),
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), patienceMs);
  });
  try {
    const answer = await Promise.race([sendBy(transport, url, request), late]);
    const first: unknown = answer.errors[0]?.extensions?.["code"];
    const code =
      typeof first === "string" ? first : answer.errors.length > 0 ? "no code" : codeOfStatus(answer);
    return ended(code, answer, faultOf(answer, isValid));
  } catch (error) {
    // What is too long is refused before it has all come: its sender may learn of that by the end of the connection alone.
    if (isTooLong(request)) return ended("cut off", null, null);
    return ended("no answer", null, wordsOf(error));
  } finally {
    clearTimeout(timer);
  }
}

function isTooLong(request: RawRequest): boolean {
  const text = typeof request === "string" ? request : JSON.stringify(request);
  return Buffer.byteLength(text) > defaultLimits.bodyBytes;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** What Node itself refuses has no body. */
function codeOfStatus({ status }: TransportAnswer): string {
  return status !== null && status >= 400 ? `status ${status}` : "OK";
}

/** Codes that say that the service has a fault, or that its database has gone. */
const forbidden: ReadonlySet<string> = new Set([
  "INTERNAL_SERVER_ERROR",
  "UNAVAILABLE",
  "CLOSED_4500",
  "CLOSED_1006",
]);

/** Codes that say that a document does not fit, unless the error names a limit. */
const unfit: ReadonlySet<string> = new Set(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);

function faultOf({ status, errors }: TransportAnswer, isValid: boolean): string | null {
  if (status !== null && status >= 500) return `status ${status}`;
  if (errors.length > 10) return `${errors.length} errors`;
  for (const { message, extensions } of errors) {
    const code = String(extensions?.["code"]);
    if (forbidden.has(code)) return `${code}: ${message}`;
    const isKnown = Object.hasOwn(errorCodes, code) || /^CLOSED_44\d\d$|^CLOSED_1009$/.test(code);
    if (!isKnown) return `a code that is none: ${code}: ${message}`;
    if (message.length > 300) return `a message of ${message.length} characters`;
    if (isValid && unfit.has(code) && !extensions["details"]?.["limit"])
      return `a valid document was refused: ${message}`;
  }
  return null;
}
