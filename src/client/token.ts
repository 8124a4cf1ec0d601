import { GraphRequestError } from "./graph-request-error.js";

/**
 * A bearer token, or what gives one. A function is called for every request and every connection, so it should keep its
 * token while that holds; it is given the token that the service has just refused, where there is one, and should then
 * give another. What it throws is thrown as a GraphRequestError of the code `NO_TOKEN`, unless it is one itself.
 */
export type TokenSource = string | ((refused?: string) => string | Promise<string>);

/** A token to send; undefined where there is no source. */
export async function takeToken(
  source: TokenSource | undefined,
  refused?: string,
): Promise<string | undefined> {
  if (typeof source !== "function") return source;
  try {
    return await source(refused);
  } catch (error) {
    if (error instanceof GraphRequestError) throw error;
    const message = `there is no token: ${error instanceof Error ? error.message : String(error)}`;
    throw new GraphRequestError(message, { code: "NO_TOKEN", retryable: false, cause: error });
  }
}
