import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { type Encoding, chooseEncoding } from "../graphiql/accept.js";
import type { Page, PageFile } from "../graphiql/page.js";

interface Representation {
  body: Buffer;
  etag: string;
  headers: Record<string, string>;
}

/** Answers with a page's file of this name, and what else is to be in the head. */
export type SendFile = (
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  headers?: Record<string, string>,
) => void;

/** Sends the files of a page. They are made when first asked for, and so is each of their compressed forms. */
export function createSendFile(makePage: () => Page | Promise<Page>): SendFile {
  const made = new Map<string, Promise<Representation>>();
  let page: Page | Promise<Page> | undefined;
  const represent = async (name: string, encoding: Encoding): Promise<Representation | undefined> => {
    page ??= makePage();
    const { files, contentSecurityPolicy } = await page;
    const file = files.get(name);
    if (!file) return undefined;
    const key = `${encoding} ${name}`;
    const representation = made.get(key) ?? encodeFile(file, encoding, contentSecurityPolicy);
    made.set(key, representation);
    return representation;
  };
  return (request, response, name, headers) => {
    represent(name, chooseEncoding(request.headers["accept-encoding"])).then(
      (made) => send(request, response, made && { ...made, headers: { ...made.headers, ...headers } }),
      (error: unknown) => response.destroy(error as Error),
    );
  };
}

/** Answers with a file; with 404 if there is none, as for a page of another version, which has other files. */
function send(
  { method, headers: asked }: IncomingMessage,
  response: ServerResponse,
  representation: Representation | undefined,
): void {
  if (!representation) {
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

/** Of GraphiQL's 9.0 MB brotli at 5 makes 2.2 MB in half a second; gzip 2.4 MB. */
function compress(body: Buffer, encoding: Encoding): Promise<Buffer> | Buffer {
  if (encoding === "gzip") return promisify(gzip)(body);
  if (encoding === "identity") return body;
  return promisify(brotliCompress)(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
}
