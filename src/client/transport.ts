import { type AnswerError, errorOf } from "./answer.js";
import { GraphRequestError, hasCode } from "./graph-request-error.js";
import type { OperationText } from "./operation.js";
import { type TokenSource, takeToken } from "./token.js";

/** Where the service is, and as whom to call it. */
export interface TransportOptions {
  /** The API, http or https: http://127.0.0.1:4000/graphql. */
  url: string;
  /** Sent as a bearer token. Default: none. */
  token?: TokenSource;
  /** How long one request may take, in milliseconds; then it is UNREACHABLE. Default: 30,000. */
  timeoutMs?: number;
}

/** Sends typed operations. */
export interface GraphClient {
  /**
   * The data of the answer; throws a GraphRequestError where there is any error in it. A token that is refused is asked
   * for anew once, where it comes of a function.
   */
  request<Result, Variables>(
    document: OperationText<Result, Variables>,
    variables: Variables,
  ): Promise<Result>;
}

/** Calls the service over HTTP. Throws for a URL that cannot be one. */
export function createTransport({ url, token, timeoutMs = 30_000 }: TransportOptions): GraphClient {
  const target = checkUrl(url);
  const post = async (body: string, bearer: string | undefined): Promise<unknown> => {
    const headers = {
      "content-type": "application/json",
      accept: "application/json",
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const { status, text } = await send(target, { method: "POST", headers, body }, timeoutMs);
    return readAnswer(status, text);
  };
  return {
    async request<Result, Variables>(
      document: OperationText<Result, Variables>,
      variables: Variables,
    ): Promise<Result> {
      const body = JSON.stringify({ query: document.toString(), variables });
      const bearer = await takeToken(token);
      try {
        return (await post(body, bearer)) as Result;
      } catch (error) {
        if (typeof token !== "function" || !hasCode(error, "UNAUTHENTICATED")) throw error;
        return (await post(body, await takeToken(token, bearer))) as Result;
      }
    },
  };
}

/** The URL in its full form, without a fragment, which no WebSocket takes; throws if it is none of a service. */
export function checkUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !["http:", "https:"].includes(parsed.protocol) || parsed.username || parsed.password) {
    throw new Error("the URL of the service must be http or https, without a user name: http://host/graphql");
  }
  parsed.hash = "";
  return parsed.href;
}

async function send(
  url: string,
  request: RequestInit,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { ...request, signal, redirect: "manual" });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const message = `${url} does not answer: ${reasonOf(error)}`;
    throw new GraphRequestError(message, { code: "UNREACHABLE", retryable: true, cause: error });
  }
}

/** fetch hides why it failed in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (typeof code === "string") return code;
  return cause instanceof Error && cause.message ? cause.message : error.message;
}

interface Answer {
  data?: unknown;
  errors?: AnswerError[];
}

function readAnswer(status: number, text: string): unknown {
  // 408: the service stood still while the request came, as a machine does that is paused.
  const away = status === 408 || status === 502 || status === 503 || status === 504;
  const answer = parseAnswer(text);
  const error = errorOf(answer?.errors ?? [], { code: `HTTP_${status}`, retryable: away });
  if (error) throw error;
  if (answer?.data) return answer.data;
  throw new GraphRequestError(`the service answered with HTTP status ${status} and no GraphQL`, {
    code: `HTTP_${status}`,
    retryable: away || status === 429,
  });
}

function parseAnswer(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}
