import type { IncomingMessage, ServerResponse } from "node:http";
import { prefersPage } from "../graphiql/accept.js";

const places = {
  name: "agentrun-graph",
  api: "/graphql",
  health: "/healthz",
  readiness: "/readyz",
  docs: "README.md and docs in the folder of the package",
};

/** Answers `GET /`: browsers are led to GraphiQL if there is one, all others are told in JSON what is where. */
export function answerFrontPage(request: IncomingMessage, response: ServerResponse, hasPage: boolean): void {
  const { method, headers } = request;
  response.setHeader("cache-control", "no-cache");
  response.setHeader("vary", "accept");
  if (hasPage && prefersPage(headers.accept)) {
    response.writeHead(302, { location: places.api, "content-length": 0 }).end();
    return;
  }
  const body = `${JSON.stringify(places, null, 2)}\n`;
  response.writeHead(200, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(method === "HEAD" ? undefined : body);
}
