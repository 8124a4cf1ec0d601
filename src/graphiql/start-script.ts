import { type BatchBounds, collectBatches } from "./batches.js";
import { examples } from "./examples/examples.js";
import { newestData } from "./examples/newest-data.js";
import { createExample, exampleSession } from "./examples/working.js";
import { createFetcher } from "./fetcher.js";
import { prepareGraphiQL } from "./mount.js";
import { readOperations } from "./operations.js";
import { describeScalars } from "./scalars.js";
import { arrangeTabs } from "./tabs.js";
import { queryAsViewer } from "./viewer-query.js";

/** What the script is told of the page. */
interface StartOptions {
  title: string;
  logo: string;
  /** The addresses of the editor's workers, by the editor's names for them. */
  workers: Record<string, string>;
}

/** How many batches of a subscription stay in the result at most, and how many characters they have together. */
const batchBounds: BatchBounds = { batches: 50, characters: 500_000 };

/**
 * Makes the script that starts GraphiQL. It is text, since the server's types do not know the browser's names. It asks
 * for the viewer's data while GraphiQL itself is still being loaded.
 */
export function startScript({ title, logo, workers }: StartOptions): string {
  const quote = (value: unknown) => JSON.stringify(value).replaceAll("<", "\\u003c");
  return `(async () => {
  const workers = ${quote(workers)};
  self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => workers[label] };
  const loaded = new Promise((resolve) => addEventListener("DOMContentLoaded", resolve));
  // Not to GraphiQL's tabs: it moves them while they are pressed, and the click goes elsewhere. See style.ts.
  addEventListener(
    "pointerdown",
    (event) => {
      if (event.target.closest(".graphiql-tab")) event.stopPropagation();
    },
    true,
  );
  const askToken = (reason) =>
    new Promise((resolve) => {
      const form = document.getElementById("token");
      const loading = document.getElementById("loading");
      document.getElementById("token-reason").textContent = reason;
      form.hidden = false;
      loading.hidden = true;
      form.elements.token.focus();
      form.onsubmit = (event) => {
        event.preventDefault();
        form.hidden = true;
        loading.hidden = false;
        resolve(form.elements.token.value.trim());
      };
    });
  const readOperations = ${readOperations.toString()};
  const createFetcher = ${createFetcher.toString()};
  const queryAsViewer = ${queryAsViewer.toString()};
  const arrangeTabs = ${arrangeTabs.toString()};
  const collectBatches = ${collectBatches.toString()};
  const describeScalars = ${describeScalars.toString()};
  const prepareGraphiQL = ${prepareGraphiQL.toString()};
  const fetcher = createFetcher({ location, fetch: (...args) => fetch(...args), WebSocket }, readOperations);
  const [answer] = await Promise.all([
    queryAsViewer({ localStorage, sessionStorage, askToken }, fetcher, ${quote(newestData)}),
    loaded,
  ]);
  const options = prepareGraphiQL(
    { localStorage },
    answer,
    arrangeTabs,
    ${quote({ examples, createExample, exampleSession })},
    {
      ...${quote({ title, logo })},
      fetcher: collectBatches(fetcher.fetch, ${quote(batchBounds)}),
      onSchemaChange: () => describeScalars(__MONACO.languages.graphql.api),
    },
  );
  YogaGraphiQL.renderYogaGraphiQL(document.getElementById("root"), options);
})();`;
}
