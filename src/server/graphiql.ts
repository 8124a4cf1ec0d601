import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { type Encoding, chooseEncoding, prefersPage } from "../graphiql/accept.js";
import { type Page, renderPage } from "../graphiql/page.js";

interface Representation {
  body: Buffer;
  etag: string;
  contentSecurityPolicy: string;
}

/**
 * Answers a browser that opens the API's address with GraphiQL, and says so by true. Left to the API: every other method, callers
 * that would rather have JSON or a stream, and an address with a `query` in it. Made and compressed when first asked for.
 */
export function createGraphiQL(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const made = new Map<Encoding, Promise<Representation>>();
  const represent = (encoding: Encoding): Promise<Representation> => {
    const representation = made.get(encoding) ?? renderPage().then((page) => encodePage(page, encoding));
    made.set(encoding, representation);
    return representation;
  };

  return (request, response) => {
    const { method, headers, url } = request;
    if (method !== "GET" && method !== "HEAD") return false;
    if (new URLSearchParams((url ?? "").split("?")[1]).has("query") || !prefersPage(headers.accept))
      return false;
    const encoding = chooseEncoding(headers["accept-encoding"]);
    represent(encoding).then(
      (representation) => send(request, response, encoding, representation),
      (error: unknown) => response.destroy(error as Error),
    );
    return true;
  };
}

function send(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  encoding: Encoding,
  { body, etag, contentSecurityPolicy }: Representation,
): void {
  response.setHeader("etag", etag);
  response.setHeader("cache-control", "no-cache");
  response.setHeader("vary", "accept, accept-encoding");
  response.setHeader("content-security-policy", contentSecurityPolicy);
  response.setHeader("referrer-policy", "no-referrer");
  if (matches(headers["if-none-match"], etag)) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader("content-type", "text/html; charset=utf-8");
  if (encoding !== "identity") response.setHeader("content-encoding", encoding);
  response.writeHead(200, { "content-length": body.length }).end(method === "HEAD" ? undefined : body);
}

/** Whether If-None-Match names this tag. A tag made weak on its way still names the same page. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.some((tag) => tag === etag || tag === "*");
}

async function encodePage(
  { html, contentSecurityPolicy }: Page,
  encoding: Encoding,
): Promise<Representation> {
  const hash = createHash("sha256").update(html).digest("base64url").slice(0, 22);
  return { body: await compress(html, encoding), etag: `"${hash}-${encoding}"`, contentSecurityPolicy };
}

/** 9.0 MB: brotli at 5 makes 1.9 MB of it in half a second, at 9 1.8 MB in two; gzip 2.4 MB. */
function compress(html: Buffer, encoding: Encoding): Promise<Buffer> | Buffer {
  if (encoding === "gzip") return promisify(gzip)(html);
  if (encoding === "identity") return html;
  return promisify(brotliCompress)(html, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: html.length },
  });
}
