import { createHash } from "node:crypto";
import { startScript } from "./start-script.js";
import { style } from "./style.js";

/** A file that GraphiQL consists of: the page itself, or what it loads. */
export interface PageFile {
  body: Buffer;
  /** Its media type. */
  type: string;
  /** True if its address names its content, so that whoever has it need never ask again. */
  immutable: boolean;
}

/** GraphiQL's files, and the Content-Security-Policy that lets nothing into the page from another host. */
export interface Page {
  /** By the value of the parameter `graphiql` in the address; the page itself has the name "". */
  files: ReadonlyMap<string, PageFile>;
  contentSecurityPolicy: string;
}

const title = "agentrun-graph";
const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28"><rect width="32" height="32" rx="7" fill="#3b3f8f"/>' +
  '<path d="M6 22l6-12 5 9 4-6 5 9" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/**
 * Puts GraphiQL together from the parts that `@graphql-yoga/render-graphiql` ships. These are 9 MB, so they are read
 * only when this function is called. Browsers keep the parts, compiled, and ask for the small page alone. It is the
 * same for everybody and contains nobody's data. Where the service has an inbox too, the logo leads there.
 */
export async function renderPage(hasInbox: boolean): Promise<Page> {
  const parts = await import("@graphql-yoga/render-graphiql/graphiql");
  const files = new Map<string, PageFile>();
  const add = (label: string, type: string, text: string): string => {
    const body = Buffer.from(text);
    const name = `${label}-${createHash("sha256").update(body).digest("base64url").slice(0, 16)}`;
    files.set(name, { body, type: `${type}; charset=utf-8`, immutable: true });
    return `?graphiql=${name}`;
  };
  const css = add("style", "text/css", `${parts.css}\n${style}`);
  const script = add("script", "text/javascript", parts.js);
  const start = startScript({
    title,
    logo: hasInbox ? `<a href="/" title="Inbox" aria-label="Inbox">${logo}</a>` : logo,
    workers: {
      editorWorkerService: add("editor-worker", "text/javascript", parts.editorWorkerService),
      json: add("json-worker", "text/javascript", parts.jsonWorker),
      graphql: add("graphql-worker", "text/javascript", parts.graphqlWorker),
    },
  });
  const body = Buffer.from(renderHtml(css, script, start));
  files.set("", { body, type: "text/html; charset=utf-8", immutable: false });
  return { files, contentSecurityPolicy: policyFor(start) };
}

function renderHtml(css: string, script: string, start: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(logo)}">
<link rel="stylesheet" href="${css}">
<script defer src="${script}"></script>
</head>
<body id="body" class="no-focus-outline">
<noscript>GraphiQL needs JavaScript.</noscript>
<form id="token" hidden>
<p id="token-reason"></p>
<p><label>Token <input name="token" type="password" autocomplete="off" size="40"></label> <button>Open</button></p>
<p>It is kept until you close this tab. Leave it empty to go on without one.</p>
</form>
<div id="root"><p id="loading">GraphiQL is loading.</p></div>
<script>${start}</script>
</body>
</html>
`;
}

/** Makes the page's policy: it runs only its own scripts, talks to its own host alone, and is shown in no frame. */
function policyFor(start: string): string {
  return [
    "default-src 'none'",
    // What the API itself answers is no script: it has another type, and `nosniff`.
    `script-src 'self' 'sha256-${createHash("sha256").update(start).digest("base64")}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src data:",
    "font-src data:",
    "worker-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
