import { readFile, readdir } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";
import { isHostHeader } from "../auth/listen.js";
import { prefersPage } from "../graphiql/accept.js";
import type { Page, PageFile } from "../graphiql/page.js";
import { createSendFile } from "./page-files.js";

/** Answers a GET of this path with the page or one of its files, and says so by true. */
export type AnswerWebPage = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** Where the build has put the page; the same from `src`, as in tests, and from `dist`. */
const folder = new URL("../../dist/web/", import.meta.url);

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Reads the page of `src/web` as it was built: `index.html`, and below `assets` files whose names hold a hash of what is in
 * them. Gives null if it was not built. Programs that ask for `/` are left to others.
 */
export async function openWebPage(hasGraphiQL: boolean): Promise<AnswerWebPage | null> {
  const page = await readPage(hasGraphiQL);
  if (!page) return null;
  const sendFile = createSendFile(() => page);
  return (request, response, path) => {
    const isPage = path === "/";
    if (isPage ? !prefersPage(request.headers.accept) : !path.startsWith("/assets/")) return false;
    const policy = isPage ? { "content-security-policy": policyFor(request.headers.host) } : undefined;
    sendFile(request, response, path, policy);
    return true;
  };
}

async function readPage(hasGraphiQL: boolean): Promise<Page | undefined> {
  const html = await readFile(new URL("index.html", folder), "utf8").catch(() => undefined);
  if (html === undefined) return undefined;
  const body = Buffer.from(hasGraphiQL ? html.replace("<html ", '<html data-graphiql="/graphql" ') : html);
  const files = new Map<string, PageFile>([["/", { body, type: types[".html"] ?? "", immutable: false }]]);
  for (const name of await readdir(new URL("assets/", folder))) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    files.set(`/assets/${name}`, {
      body: await readFile(new URL(`assets/${name}`, folder)),
      type,
      immutable: true,
    });
  }
  return { files, contentSecurityPolicy: "default-src 'none'" };
}

/** Older browsers do not count a socket of the page's own host as `'self'`, so it is named. */
function policyFor(host: string | undefined): string {
  const sockets = host !== undefined && isHostHeader(host) ? ` ws://${host} wss://${host}` : "";
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
