import { createHash } from "node:crypto";
import { createExample, exampleSession, examples, newestData } from "./examples.js";
import { createFetcher } from "./fetcher.js";
import { prepareGraphiQL } from "./mount.js";
import { arrangeTabs } from "./tabs.js";
import { queryAsViewer } from "./viewer-query.js";

/** GraphiQL in one document, and the Content-Security-Policy that lets nothing into it from another host. */
export interface Page {
  html: Buffer;
  contentSecurityPolicy: string;
}

const title = "agentrun-graph";
const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28"><rect width="32" height="32" rx="7" fill="#3b3f8f"/>' +
  '<path d="M6 22l6-12 5 9 4-6 5 9" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/**
 * Puts the page together from the parts that `@graphql-yoga/render-graphiql` ships. These are 9 MB, so they are read
 * only when this function is called. The page is the same for everybody and contains nobody's data.
 */
export async function renderPage(): Promise<Page> {
  const parts = await import("@graphql-yoga/render-graphiql/graphiql");
  const scripts = [parts.js, startScript()];
  const workers = {
    editorWorkerService: parts.editorWorkerService,
    json: parts.jsonWorker,
    graphql: parts.graphqlWorker,
  };
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(logo)}">
<style>${parts.css}</style>
</head>
<body id="body" class="no-focus-outline">
<noscript>GraphiQL needs JavaScript.</noscript>
<form id="token" style="margin: 20vh auto; max-width: 32rem; font: 16px/1.5 sans-serif" hidden>
<p id="token-reason"></p>
<p><label>Token <input name="token" type="password" autocomplete="off" size="40"></label> <button>Open</button></p>
<p>It is kept until you close this tab. Leave it empty to go on without one.</p>
</form>
<div id="root"></div>
${Object.entries(workers)
  .map(([label, source]) => `<script type="text/plain" id="worker-${label}">${source}</script>`)
  .join("\n")}
${scripts.map((source) => `<script>${source}</script>`).join("\n")}
</body>
</html>
`;
  return { html: Buffer.from(html), contentSecurityPolicy: policyFor(scripts) };
}

/** Makes the page's policy: it runs only these scripts, talks to its own host alone, and is shown in no frame. */
function policyFor(scripts: readonly string[]): string {
  const hashes = scripts.map((source) => `'sha256-${createHash("sha256").update(source).digest("base64")}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ")}`,
    "style-src 'unsafe-inline'",
    "img-src data:",
    "font-src data:",
    "worker-src blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Makes the script that starts GraphiQL. It is text, since the server's types do not know the browser's names. */
function startScript(): string {
  const quote = (value: unknown) => JSON.stringify(value).replaceAll("<", "\\u003c");
  return `(async () => {
  const workers = {};
  self.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (_, label) =>
      (workers[label] ??= URL.createObjectURL(
        new Blob([document.getElementById("worker-" + label).textContent], { type: "text/javascript" }),
      )),
  };
  const askToken = (reason) =>
    new Promise((resolve) => {
      const form = document.getElementById("token");
      document.getElementById("token-reason").textContent = reason;
      form.hidden = false;
      form.elements.token.focus();
      form.onsubmit = (event) => {
        event.preventDefault();
        form.hidden = true;
        resolve(form.elements.token.value.trim());
      };
    });
  const createFetcher = ${createFetcher.toString()};
  const queryAsViewer = ${queryAsViewer.toString()};
  const arrangeTabs = ${arrangeTabs.toString()};
  const prepareGraphiQL = ${prepareGraphiQL.toString()};
  const fetcher = createFetcher({ location, fetch: (...args) => fetch(...args), WebSocket });
  const answer = await queryAsViewer({ localStorage, sessionStorage, askToken }, fetcher, ${quote(newestData)});
  const options = prepareGraphiQL(
    { localStorage },
    answer,
    arrangeTabs,
    ${quote({ examples, createExample, exampleSession })},
    { ...${quote({ title, logo })}, fetcher: fetcher.fetch },
  );
  YogaGraphiQL.renderYogaGraphiQL(document.getElementById("root"), options);
})();`;
}
