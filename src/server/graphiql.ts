import type { IncomingMessage, ServerResponse } from "node:http";
import { prefersPage } from "../graphiql/accept.js";
import { renderPage } from "../graphiql/page.js";
import { createSendFile } from "./page-files.js";

/**
 * Answers a browser that opens the API's address with GraphiQL, and one that loads its files, and says so by true. Left to the API:
 * every other method, callers that would rather have JSON or a stream, and an address with a `query` in it.
 */
export function createGraphiQL(
  hasInbox: boolean,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const sendFile = createSendFile(() => renderPage(hasInbox));
  return (request, response) => {
    const { method, headers, url } = request;
    if (method !== "GET" && method !== "HEAD") return false;
    const parameters = new URLSearchParams((url ?? "").split("?")[1]);
    const name = parameters.get("graphiql") ?? "";
    if (parameters.has("query") || (!name && !prefersPage(headers.accept))) return false;
    sendFile(request, response, name);
    return true;
  };
}
