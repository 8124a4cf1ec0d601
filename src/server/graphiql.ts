import type { IncomingMessage, ServerResponse } from "node:http";

export function createGraphiQL(): (request: IncomingMessage, response: ServerResponse) => boolean {
  return () => false;
}
