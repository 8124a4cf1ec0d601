import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { type Encoding, chooseEncoding, prefersPage } from "../graphiql/accept.js";
import { type PageFile, renderPage } from "../graphiql/page.js";

interface Representation {
  body: Buffer;
  etag: string;
  headers: Record<string, string>;
}

/**
 * Answers a browser that opens the API's address with GraphiQL, and one that loads its files, and says so by true. Left to the API:
 * every other method, callers that would rather have JSON or a stream, and an address with a `query` in it. Each file is made and
 * compressed when first asked for.
 */
export function createGraphiQL(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const made = new Map<string, Promise<Representation>>();
  let page: ReturnType<typeof renderPage> | undefined;
  const represent = async (name: string, encoding: Encoding): Promise<Representation | undefined> => {
    page ??= renderPage();
    const { files, contentSecurityPolicy } = await page;
    const file = files.get(name);
    if (!file) return undefined;
    const key = `${encoding} ${name}`;
    const representation = made.get(key) ?? encodeFile(file, encoding, contentSecurityPolicy);
    made.set(key, representation);
    return representation;
  };

  return (request, response) => {
    const { method, headers, url } = request;
    if (method !== "GET" && method !== "HEAD") return false;
    const parameters = new URLSearchParams((url ?? "").split("?")[1]);
    const name = parameters.get("graphiql") ?? "";
    if (parameters.has("query") || (!name && !prefersPage(headers.accept))) return false;
    const encoding = chooseEncoding(headers["accept-encoding"]);
    represent(name, encoding).then(
      (representation) => send(request, response, representation),
      (error: unknown) => response.destroy(error as Error),
    );
    return true;
  };
}

function send(
  { method, headers: asked }: IncomingMessage,
  response: ServerResponse,
  representation: Representation | undefined,
): void {
  if (!representation) {
    // A page of another version asks for it: this one has other files.
    response.writeHead(404, { "cache-control": "no-store", "content-length": 0 }).end();
    return;
  }
  const { body, etag, headers } = representation;
  if (matches(asked["if-none-match"], etag)) {
    response.writeHead(304, { ...headers, etag }).end();
    return;
  }
  response.writeHead(200, { ...headers, etag, "content-length": body.length });
  response.end(method === "HEAD" ? undefined : body);
}

/** Whether If-None-Match names this tag. A tag made weak on its way still names the same file. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.some((tag) => tag === etag || tag === "*");
}

async function encodeFile(
  { body, type, immutable }: PageFile,
  encoding: Encoding,
  contentSecurityPolicy: string,
): Promise<Representation> {
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 22);
  const headers: Record<string, string> = {
    "content-type": type,
    "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
    vary: immutable ? "accept-encoding" : "accept, accept-encoding",
    "content-security-policy": contentSecurityPolicy,
    "referrer-policy": "no-referrer",
  };
  if (encoding !== "identity") headers["content-encoding"] = encoding;
  return { body: await compress(body, encoding), etag: `"${hash}-${encoding}"`, headers };
}

/** 9.0 MB in all: brotli at 5 makes 2.2 MB of it in half a second; gzip 2.4 MB. */
function compress(body: Buffer, encoding: Encoding): Promise<Buffer> | Buffer {
  if (encoding === "gzip") return promisify(gzip)(body);
  if (encoding === "identity") return body;
  return promisify(brotliCompress)(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
}
